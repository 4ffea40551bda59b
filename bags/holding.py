"""A label takes hold of parents, for good or not, and lets them go. For the storey above (bills)."""

from collections.abc import Collection

from bags.models import Bag


def lock(parent_ids: Collection[int]) -> None:
    """Lock the parents in ascending id order, as everybody does."""
    list(Bag.objects.select_for_update().filter(pk__in=parent_ids).order_by("pk").values_list("pk"))


def waiting_for_recount(parent_ids: Collection[int]) -> list[str]:
    """Codes of those parents, locked by the caller, that a person must count again first."""
    return list(
        Bag.objects.filter(pk__in=parent_ids, needs_recount=True)
        .order_by("pk")
        .values_list("qr_id", flat=True)
    )


def make_final(parent_ids: Collection[int], *, final: bool) -> None:
    """Whether the label that holds these parents, locked by the caller, still allows changes."""
    Bag.objects.filter(pk__in=parent_ids).update(held_final=final)


def release(parent_ids: Collection[int]) -> None:
    """Let go of the parents, locked by the caller. They stay closed."""
    Bag.objects.filter(pk__in=parent_ids).update(held_by="", held_final=False)


def hold_again(parent_ids: Collection[int], *, by: str) -> None:
    """The label that had let go of these parents, closed and locked by the caller, holds them for good."""
    Bag.objects.filter(pk__in=parent_ids).update(held_by=by, held_final=True)
