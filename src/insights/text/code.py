"""Which lines of a text are code, a log or a stack trace, and not a person speaking?"""

from __future__ import annotations

import re

_FENCE = re.compile(r"^\s{0,3}(`{3,}|~{3,})")

# A line that only a machine writes.
_MACHINE = re.compile(
    r"""^(?:
      at\ [\w$.<>/\[\]\ ]{2,200}\(.{0,300}\)\s*$            # a frame: Java, JavaScript, C#
    | at\ (?:async\ )?\S{1,300}:\d+:\d+\s*$
    | File\ ".{1,300}",\ line\ \d+
    | Traceback\ \(most\ recent\ call\ last\)
    | Caused\ by:\ [\w.$]+ | \.\.\.\ \d+\ (?:more|common\ frames)
    | Exception\ in\ thread\ " | goroutine\ \d+\ \[ | thread\ '.{1,80}'\ panicked
    | \#\d+\s+(?:0x[0-9a-f]+|pc\s|[\w:~]+\s?\() | 0x[0-9a-f]{6,}\b
    | (?:\[?\d{4}-\d\d-\d\d[T\ ]\d\d:\d\d(?::\d\d)?|\d\d-\d\d\ \d\d:\d\d:\d\d\.\d+)\S*\s+\S
    | \[?\d\d:\d\d:\d\d(?:[.,]\d+)?\]?\s+(?:\[|\w+[/:]|(?:INFO|DEBUG|WARN|ERROR|TRACE|FATAL)\b)
    | \[?(?:INFO|DEBUG|WARN|WARNING|ERROR|TRACE|FATAL)\]?\s*[:|\]\[]\s*\S+.{0,400}[:=\[(/]
    | [VDIWEF]/[\w.$-]{2,60}\s*(?:\(\s*\d+\))?:\s
    )""",
    re.X,
)
_TRACE_START = re.compile(r'^(?:Traceback \(most|File "|Caused by:|at \S)')
_TRACE_END = re.compile(r"^[\w.$]{0,100}(?:Error|Exception|Warning|Interrupt)(?::\s.*)?$")

# A line that looks like code; two in a row are code, one alone may be a person's.
_CODE = re.compile(
    r"""^(?:
      .{0,500}[;{}]\s*$ | [)\]}]+[;,)]*\s*$
    | (?:def|class|function|fn|func|sub)\s+\w+.{0,300}[:{(]\s*$
    | (?:import|from|using|include|require|package|export)\s+["'\w.{*@]+
      (?:\s+(?:import|as|from)\b.*)?;?$
    | \#\s?(?:include|define|ifdef|endif)\b | (?:const|let|var|val)\s+\w+\s*=
    | (?:if|for|while|elif|else|try|except|with)\b.{0,300}:\s*$
    | (?:public|private|protected|static|final)\s+\w+
    | [\w.\[\]"']{1,80}\s*[-+*/|:]?=\s*\S.{0,300}$ | return\b.{0,200}[;()\[\]]
    | [\w.:]{1,100}\(.{0,300}\)\s*$ | </?[a-z][\w.-]{0,40}(?:\s[^<>]{0,300})?/?>
    | (?:\$|>>>|PS>|C:\\[^>]{0,80}>)\s+\S | "[\w.-]{1,80}"\s*:\s*\S | [-+]{3}\s\S|@@\s
    )""",
    re.X | re.I,
)


def code_lines(lines: list[str]) -> tuple[list[str], list[str]]:
    """Take code out of `lines`; an empty line stays where it was. The blocks come second."""
    kinds = _kinds(lines)
    kept: list[str] = []
    blocks: list[str] = []
    block: list[str] = []
    for line, is_code in zip(lines, kinds, strict=True):
        if is_code:
            block.append(line)
            continue
        if block:
            blocks.append("\n".join(block))
            kept.append("")
            block = []
        kept.append(line)
    if block:
        blocks.append("\n".join(block))
    return kept, blocks


def _kinds(lines: list[str]) -> list[bool]:
    is_code = [False] * len(lines)
    _fenced(lines, is_code)
    trace = False
    run: list[int] = []
    for at, line in enumerate(lines):
        bare = line.strip()
        if is_code[at] or not bare:
            trace = trace and bool(bare)
            if is_code[at]:
                _settle(run, lines, is_code)
            continue
        if _MACHINE.match(bare):
            is_code[at], trace = True, bool(_TRACE_START.match(bare))
        elif trace and (line[:1] in " \t" or _TRACE_END.match(bare)):
            is_code[at] = True
        else:
            trace = False
            if _CODE.match(bare):
                run.append(at)
                continue
        _settle(run, lines, is_code)
    _settle(run, lines, is_code)
    return is_code


def _settle(run: list[int], lines: list[str], is_code: list[bool]) -> None:
    """End a run of lines that look like code: it is code where it is long or set in."""
    if len(run) >= 2 or (run and lines[run[0]][:1] in ("\t",)):
        for at in range(run[0], run[-1] + 1):
            is_code[at] = True
    run.clear()


def _fenced(lines: list[str], is_code: list[bool]) -> None:
    """Mark what stands between fences. A fence that is never closed marks only itself."""
    opened = -1
    fence = ""
    for at, line in enumerate(lines):
        mark = _FENCE.match(line)
        if opened < 0:
            if mark and "`" not in line[mark.end() :]:
                opened, fence = at, mark[1]
        elif mark and mark[1].startswith(fence) and not line.strip(" \t`~"):
            is_code[opened : at + 1] = [True] * (at + 1 - opened)
            opened = -1
    if opened >= 0:
        is_code[opened] = True
