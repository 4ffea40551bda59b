"""The warehouse floor as one call knows it: bags, links, and what effects do to them. Pure.

Rules read the floor and answer with effects; `Floor.apply` carries them out in memory, so that the
next scan of the same call meets what the one before it did. The store writes the outcome.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from bags.scanning.codes import CodeShape, Reading, read


@dataclass(frozen=True, slots=True, kw_only=True)
class ProductFacts:
    """A product as the rules need it; `kg_per_child` in kg."""

    id: int
    name: str
    prefix: str
    digits: int
    limit: int
    kg_per_child: Decimal


@dataclass(slots=True, eq=False, kw_only=True)
class Parent:
    id: int
    code: str
    product: ProductFacts
    limit: int
    area: str | None
    state: str = "open"
    count: int = 0
    held_by: str = ""
    held_final: bool = False
    closed_by_scan: int | None = None
    needs_recount: bool = False
    is_new: bool = False

    kind = "parent"

    @property
    def weight_kg(self) -> Decimal:
        return self.count * self.product.kg_per_child

    @property
    def is_full(self) -> bool:
        return self.count >= self.limit

    @property
    def is_closed(self) -> bool:
        return self.state == "closed"


@dataclass(slots=True, eq=False, kw_only=True)
class Link:
    """A child's open link. `scan_id` is the scan that made it, `since` when the server received that; or it
    was made by an import, `import_id`."""

    id: int
    parent: Parent
    since: datetime
    by: str
    by_id: int
    scan_id: int | None
    import_id: int | None = None


@dataclass(slots=True, eq=False, kw_only=True)
class Child:
    id: int
    code: str
    area: str | None
    lot: str = ""
    link: Link | None = None
    is_new: bool = False

    kind = "child"


@dataclass(slots=True, eq=False, kw_only=True)
class Earlier:
    """A scan that an undo wants to take back. `came_from` is the link that a move ended."""

    id: int
    code: str
    operator_id: int
    received_at: datetime
    bag: Parent | Child | None
    parent: Parent | None
    bill: str = ""
    is_undone: bool = False
    came_from: Link | None = None


@dataclass(frozen=True, slots=True)
class Created:
    parent: Parent


@dataclass(frozen=True, slots=True)
class Linked:
    child: Child
    parent: Parent
    lot: str = ""


@dataclass(frozen=True, slots=True)
class Relinked:
    """The child goes back to where an undone move took it from, by the scan that had put it there."""

    child: Child
    link: Link

    @property
    def parent(self) -> Parent:
        return self.link.parent


@dataclass(frozen=True, slots=True)
class Unlinked:
    child: Child
    why: str


@dataclass(frozen=True, slots=True)
class Closed:
    parent: Parent


@dataclass(frozen=True, slots=True)
class Reopened:
    parent: Parent


@dataclass(frozen=True, slots=True)
class Held:
    """A label takes the parent; an empty label lets it go."""

    parent: Parent
    by: str


@dataclass(frozen=True, slots=True)
class Doubted:
    """What is inside may not be what is recorded: a person must count the parent again."""

    parent: Parent


@dataclass(frozen=True, slots=True)
class TakenBack:
    scan_id: int


Effect = Created | Linked | Relinked | Unlinked | Closed | Reopened | Held | Doubted | TakenBack


@dataclass(frozen=True, slots=True)
class Moment:
    """Who does it, by which scan or import, when."""

    scan_id: int | None
    at: datetime
    by: str
    by_id: int
    import_id: int | None = None


@dataclass(slots=True)
class Ended:
    """A link that this call closed."""

    link: Link
    child: Child
    at: datetime
    why: str


@dataclass(slots=True)
class Floor:
    """Bags by cleaned code, and what this call has changed so far. Ids come from the database's sequences."""

    products: dict[str, ProductFacts]
    bags: dict[str, Parent | Child]
    bag_ids: Iterator[int]
    link_ids: Iterator[int]
    changed: dict[int, Parent | Child] = field(default_factory=dict)
    new_links: list[tuple[Link, Child]] = field(default_factory=list)
    ended: list[Ended] = field(default_factory=list)
    taken_back: dict[int, Moment] = field(default_factory=dict)

    def read(self, raw: str) -> Reading:
        """What was scanned. A registered bag is found whatever its code looks like, and its kind counts."""
        reading = read(raw, self.shapes)
        code = reading.code or reading.text
        bag = self.bags.get(code)
        if bag is None:
            return reading
        return Reading(bag.kind, code, reading.product, reading.lot, reading.text)

    @property
    def shapes(self) -> list[CodeShape]:
        return list(self.products.values())

    def find(self, raw: str | None) -> Parent | Child | None:
        """The registered bag that the text names."""
        if not raw:
            return None
        return self.bags.get(self.read(raw).code or "")

    def new_parent(self, reading: Reading, area: str | None) -> Parent:
        product = self.products[reading.product or ""]
        return Parent(
            id=next(self.bag_ids),
            code=reading.code or "",
            product=product,
            limit=product.limit,
            area=area,
            is_new=True,
        )

    def new_child(self, code: str, area: str | None) -> Child:
        return Child(id=next(self.bag_ids), code=code, area=area, is_new=True)

    def apply(self, effects: tuple[Effect, ...], moment: Moment) -> None:
        for effect in effects:
            _CARRY_OUT[type(effect)](self, effect, moment)

    def _created(self, effect: Created, _moment: Moment) -> None:
        self.bags[effect.parent.code] = effect.parent
        self.changed[effect.parent.id] = effect.parent

    def _linked(self, effect: Linked, moment: Moment) -> None:
        self._put(effect.child, self._link(effect.parent, moment, moment), effect.lot)

    def _relinked(self, effect: Relinked, moment: Moment) -> None:
        self._put(effect.child, self._link(effect.parent, moment, effect.link))

    def _link(self, parent: Parent, moment: Moment, made: Moment | Link) -> Link:
        """A new link, by who and what `made` tells."""
        return Link(
            id=next(self.link_ids),
            parent=parent,
            since=moment.at,
            by=made.by,
            by_id=made.by_id,
            scan_id=made.scan_id,
            import_id=made.import_id,
        )

    def _put(self, child: Child, link: Link, lot: str = "") -> None:
        """A child takes the area of the parent that it goes into, and the lot that its label told."""
        parent, child.link = link.parent, link
        child.area, child.lot = parent.area, child.lot or lot
        self.bags[child.code] = child
        self.changed[child.id] = child
        parent.count += 1
        self.changed[parent.id] = parent
        self.new_links.append((link, child))

    def _unlinked(self, effect: Unlinked, moment: Moment) -> None:
        link = effect.child.link
        if link is None:
            raise ValueError(f"{effect.child.code} is in no parent")
        link.parent.count -= 1
        self.changed[link.parent.id] = link.parent
        self.ended.append(Ended(link, effect.child, moment.at, effect.why))
        effect.child.link = None
        self.changed[effect.child.id] = effect.child

    def _closed(self, effect: Closed, moment: Moment) -> None:
        effect.parent.state, effect.parent.closed_by_scan = "closed", moment.scan_id
        self.changed[effect.parent.id] = effect.parent

    def _reopened(self, effect: Reopened, _moment: Moment) -> None:
        effect.parent.state, effect.parent.closed_by_scan = "open", None
        self.changed[effect.parent.id] = effect.parent

    def _held(self, effect: Held, _moment: Moment) -> None:
        effect.parent.held_by = effect.by
        self.changed[effect.parent.id] = effect.parent

    def _doubted(self, effect: Doubted, _moment: Moment) -> None:
        effect.parent.needs_recount = True
        self.changed[effect.parent.id] = effect.parent

    def _taken_back(self, effect: TakenBack, moment: Moment) -> None:
        self.taken_back[effect.scan_id] = moment


_CARRY_OUT: dict[type, Callable[[Floor, Any, Moment], None]] = {
    Created: Floor._created,
    Linked: Floor._linked,
    Relinked: Floor._relinked,
    Unlinked: Floor._unlinked,
    Closed: Floor._closed,
    Reopened: Floor._reopened,
    Held: Floor._held,
    Doubted: Floor._doubted,
    TakenBack: Floor._taken_back,
}
