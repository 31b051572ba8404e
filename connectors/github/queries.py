"""The questions that GitHub's GraphQL is asked."""

from __future__ import annotations

from typing import Final

_WORDS: Final = """
  id body url createdAt updatedAt upvoteCount
  author { login __typename }
  reactions { totalCount }
"""

_DISCUSSION: Final = f"""
fragment discussion on Discussion {{
  {_WORDS}
  number title isAnswered
  category {{ name }}
  labels(first: 20) {{ nodes {{ name }} }}
}}
"""

_COMMENT: Final = f"""
fragment comment on DiscussionComment {{
  {_WORDS}
  isAnswer isMinimized minimizedReason deletedAt
  replyTo {{ id }}
  discussion {{ number category {{ name }} }}
}}
"""

_BUDGET: Final = "rateLimit { cost remaining resetAt }"
_PAGE: Final = "pageInfo { hasNextPage endCursor }"

PROBE: Final = f"query probe {{ {_BUDGET} }}"

COUNT: Final = f"""
query count($owner: String!, $name: String!) {{
  {_BUDGET}
  repository(owner: $owner, name: $name) {{ discussions {{ totalCount }} }}
}}
"""

LIST: Final = f"""
query list($owner: String!, $name: String!, $after: String) {{
  {_BUDGET}
  repository(owner: $owner, name: $name) {{
    discussions(first: 100, after: $after, orderBy: {{field: UPDATED_AT, direction: DESC}}) {{
      {_PAGE}
      nodes {{ number updatedAt }}
    }}
  }}
}}
"""

HEAD: Final = f"""
query head($owner: String!, $name: String!, $number: Int!) {{
  {_BUDGET}
  repository(owner: $owner, name: $name) {{
    discussion(number: $number) {{ ...discussion }}
  }}
}}
{_DISCUSSION}
"""

COMMENTS: Final = f"""
query comments($owner: String!, $name: String!, $number: Int!, $size: Int!, $after: String) {{
  {_BUDGET}
  repository(owner: $owner, name: $name) {{
    discussion(number: $number) {{
      ...discussion
      comments(first: $size, after: $after) {{
        {_PAGE}
        nodes {{
          ...comment
          replies(first: $size) {{ {_PAGE} nodes {{ ...comment }} }}
        }}
      }}
    }}
  }}
}}
{_DISCUSSION}
{_COMMENT}
"""

REPLIES: Final = f"""
query replies($id: ID!, $size: Int!, $after: String) {{
  {_BUDGET}
  node(id: $id) {{
    ... on DiscussionComment {{
      replies(first: $size, after: $after) {{ {_PAGE} nodes {{ ...comment }} }}
    }}
  }}
}}
{_COMMENT}
"""

NODES: Final = f"""
query nodes($ids: [ID!]!) {{
  {_BUDGET}
  nodes(ids: $ids) {{ ...comment }}
}}
{_COMMENT}
"""
