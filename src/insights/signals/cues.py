"""Which turns of phrase show what a person wants? Each cue is one feature beside the vector."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray

_ASK = (
    r"(?:add|allow|make|let|give|include|support|provide|bring|enable|implement|offer"
    r"|create|change|put|keep|improve|consider|restore|remove|introduce)"
)

# Order and meaning are part of every saved model: add at the end, and raise VERSION.
CUES: tuple[tuple[str, str], ...] = (
    ("ends as a question", r"\?\s*\W*$"),
    ("holds a question", r"\?"),
    (
        "opens with a question word",
        r"^\W*(?:(?:hi|hello|hey|so|and|but|ok)\W+)?(?:how|what|where|when|which|who|why"
        r"|is there|is it|is this|are there|are|can i|can you|can we|can any|could|do"
        r"|does|did|has|have|should|will|would|may i)\b",
    ),
    (
        "asks how or what",
        r"\b(?:how (?:do|can|to|does|would|should|long|many|much|is|are)|what (?:is|are"
        r"|does|do|happens|would)|where (?:is|can|do)|which \w+ (?:is|should|do))\b",
    ),
    (
        "seeks help",
        r"\b(?:any(?:one|body)? (?:know|idea|help|else|suggestion|tip|advice)\w*|can"
        r" (?:any|some)(?:one|body)|wondering|need help|help me|please (?:help|advise"
        r"|explain|tell)|not sure (?:how|if|what|why|whether)|confused about|trying to"
        r" (?:understand|figure|find out)|question)\b",
    ),
    ("please do", rf"\b(?:please|pls|plz|kindly)\W+(?:\w+\W+){{0,2}}{_ASK}\b"),
    ("please fix", r"\b(?:please|pls|plz|kindly)?\W*(?:fix|resolve|repair|look into|sort out)\b"),
    (
        "wishes",
        r"\b(?:i (?:really )?wish|wish (?:there|it|you|they|i|the)|would (?:love|like)(?:"
        r" it)? (?:to|if|for|a|an|more|the)|i'?d (?:love|like)|would be (?:\w+ )?(?:nice"
        r"|great|good|cool|awesome|better|perfect|useful|helpful|handy|lovely|amazing"
        r"|even)|it'?d be (?:\w+ )?(?:nice|great|good|cool|awesome|better|perfect|useful)"
        r"|hope (?:you|they|to|for|there)|hoping (?:for|to|you)|if only|looking forward)\b",
    ),
    (
        "suggests",
        r"\b(?:feature request|suggest(?:ion|ed|ing)?s?|proposal|propose|idea|enhancement"
        r"|improvement|would be (?:better|improved)|how about|why not|consider)\b",
    ),
    (
        "needs",
        r"\b(?:needs?|should|ought to|could use|could do with"
        r"|must)\W+(?:\w+\W+){0,2}(?:be|have|add|to|a|an|more|better|support|option|allow"
        r"|include|let)\b",
    ),
    (
        "asks for an addition",
        rf"(?:^|[.!,;\n]\s*|\b(?:could you|can you|can we|to|just|should"
        rf"|would you) (?:please )?){_ASK} (?:a|an|the|more|some|us|me|it|in|support"
        rf"|option|back|users?|other|to)\b",
    ),
    (
        "misses an option",
        r"\b(?:option|ability|possibility|feature|way|setting|button|mode|support"
        r"|version) (?:to|for|of|where|that)\b|\b(?:no|lacks?|lacking|missing|without"
        r"|only thing) (?:an? |the |any )?(?:option|way|ability|feature|support|setting|is|it)\b",
    ),
    (
        "more please",
        r"\bmore \w+(?: \w+)? (?:please|pls)\b|\b(?:stars?|perfect) (?:if|when|with"
        r"|once)\b|\b(?:if|when) (?:you|they) (?:add|could|would|can|make)\b",
    ),
    (
        "negated ability",
        r"\b(?:can(?:'?t|not)|could(?:n'?t| not)|won'?t|will not|does(?:n'?t| not)"
        r"|do(?:n'?t| not)|did(?:n'?t| not)|is(?:n'?t| not)|are(?:n'?t| not)|unable|not"
        r" able|impossible|never|nothing|no longer)\b",
    ),
    (
        "does not work",
        r"\b(?:(?:does(?:n'?t| not)|do(?:n'?t| not)|did(?:n'?t| not)|won'?t|not|never"
        r"|stop(?:s|ped)?|quit) (?:\w+ )?(?:work|open|load|connect|sync|start|update|show"
        r"|play|pair|respond|save|let|recogni|receiv|display|refresh|record|track|log|send)\w*)\b",
    ),
    (
        "cannot do",
        r"\b(?:can(?:'?t|not| not)|unable to|not able to|could(?:n'?t| not)|won'?t let"
        r"|fail(?:s|ed|ing)? to)\s+(?:\w+ )?(?:log|sign|open|access|connect|use|find|see"
        r"|get|upload|download|play|save|view|send|sync|pair|install|update|delete|edit"
        r"|add|change|even|load|set|turn|watch|reach)\b",
    ),
    (
        "names a failure",
        r"\b(?:crash(?:es|ed|ing)?|bugs?|buggy|glitch\w*|error\w*|broken|broke|fail(?:s"
        r"|ed|ing|ure)?|freez(?:e|es|ing)|froze|stuck|hang(?:s|ing)?|lag(?:s|gy|ging)?"
        r"|corrupt\w*|exception|traceback|segfault|regression|disconnect\w*|drain\w*"
        r"|force clos\w*|blank|black screen|white screen|time ?out|timed out|not working"
        r"|useless)\b",
    ),
    (
        "names an issue",
        r"\b(?:issues?|problems?|trouble|fault\w*|incorrect\w*|wrong|missing|disappear\w*"
        r"|gone|lost|deleted|slow(?:er)?|inaccurate|unusable|unresponsive|annoying|ruined)\b",
    ),
    (
        "has no issue",
        r"\b(?:no|never|without|zero|any)(?: had| a| single| any| real| major)*"
        r" (?:issues?|problems?|bugs?|complaints?|trouble|crash\w*|glitch\w*)\b"
        r"|\b(?:fixed|solved|resolved)\b",
    ),
    (
        "since a change",
        r"\b(?:since|after|ever since|with) (?:the |this |my |i )?(?:\w+ )?(?:updat\w+"
        r"|upgrad\w+|new version|version|release|install\w*|chang\w+)\b|\bused to\b"
        r"|\b(?:any ?more|all of a sudden|suddenly|lately|no longer|again and again"
        r"|keeps? \w+ing|every time)\b",
    ),
    (
        "expected and actual",
        r"\b(?:expected|actual|current)(?: result| behaviou?r|ly)?\b|\bsteps to"
        r" reproduce\b|\breproduc\w+\b|\binstead of\b",
    ),
    (
        "likes",
        r"\b(?:love|loving|luv|like (?:it|this|the|how)|great|awesome|amazing|excellent"
        r"|perfect(?:ly)?|fantastic|best|wonderful|brilliant|superb|good|nice|helpful"
        r"|useful|easy|recommend\w*|happy|enjoy\w*|cool|fun|beautiful\w*|reliable"
        r"|convenient|impress\w+|thanks?|well done|kudos|bravo)\b",
    ),
    (
        "dislikes",
        r"\b(?:not (?:good|great|worth|useful|happy|helpful|easy|as good)|hate|worst"
        r"|terrible|horrible|awful|garbage|trash|crap|rubbish|waste|bad|poor(?:ly)?"
        r"|disappoint\w*|ridiculous|pathetic|frustrat\w+|sucks?|uninstall\w*)\b",
    ),
    (
        "turns around",
        r"\b(?:but|however|although|though|except|unfortunately|sadly|only (?:thing"
        r"|problem|issue|complaint|downside))\b",
    ),
    (
        "announces",
        r"\b(?:released?|changelog|release notes|what'?s new|now available|you can now"
        r"|merged|closing|duplicate|we (?:have|'ve) (?:fixed|released|added))\b",
    ),
    (
        "answers",
        r"^\W*(?:you (?:can|have to|need to|should)|try|use|it'?s (?:in|under)|for me|i"
        r" (?:solved|fixed))\b",
    ),
    (
        "greets or thanks only",
        r"^\W*(?:thanks?|thank you|ok|hello|hi|yes|no|welcome)\b\W*(?:\w+\W*){0,3}$",
    ),
)
VERSION = 1
WIDTH = len(CUES) + 3

_PATTERNS = tuple(re.compile(pattern, re.I) for _, pattern in CUES)


def cue_features(texts: Sequence[str]) -> NDArray[np.float32]:
    """Look for each cue in the first 2,000 characters: shape (texts, `WIDTH`), values 0..1.

    The last three columns tell the length: in words, on a logarithmic scale, and whether it is
    very short or long.
    """
    import numpy as np

    features = np.zeros((len(texts), WIDTH), dtype=np.float32)
    for row, text in enumerate(texts):
        text = text[:2000].replace("’", "'")
        for column, pattern in enumerate(_PATTERNS):
            if pattern.search(text):
                features[row, column] = 1.0
        words = len(text.split())
        features[row, -3:] = min(1.0, float(np.log1p(words)) / 6), words <= 4, words >= 60
    return features
