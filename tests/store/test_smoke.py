"""The store opens on both databases."""

from datetime import UTC, datetime

from insights.models import Post
from insights.store import Database, posts

NOW = datetime(2026, 5, 4, 2, tzinfo=UTC)


def test_a_post_comes_out_as_it_went_in(database: Database) -> None:
    post = Post(source="forum", native_id="1", text="héllo", created_at=NOW, tags=("a",))
    with database.write() as tx:
        assert posts.save(tx, "forum", [post], NOW).new == 1
    with database.read() as tx:
        assert posts.by_id(tx, ["forum:1"]) == {"forum:1": post}
