"""Customer support of a made-up shop: orders that can be looked up, refunded and sent elsewhere."""

import re
import threading
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any, Literal

from strands import tool
from strands.types.tools import AgentTool, ToolResult

from services.chat.personas.persona import Customer, Persona
from services.chat.personas.world import NotPossible, PerCustomer, several, today, told

Status = Literal["in preparation", "shipped", "delivered", "refunded"]
Reason = Literal["damaged", "wrong item", "arrived late", "no longer needed"]
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
SHORTEST_ADDRESS = 8


@dataclass(frozen=True)
class Order:
    """What was ordered. `days_ago`: when its status last changed, before today."""

    order_id: str
    item: str
    price: float
    status: Status
    days_ago: int
    address: str = "the address of the account"

    def row(self) -> dict[str, Any]:
        """The order as JSON."""
        return {
            "order_id": self.order_id,
            "item": self.item,
            "price": self.price,
            "status": self.status,
            "since": (today() - timedelta(days=self.days_ago)).isoformat(),
            "delivery_address": self.address,
        }

    def line(self) -> str:
        """The order in a sentence, without the full stop."""
        when = "today" if self.days_ago == 0 else f"{several(self.days_ago, 'day')} ago"
        return f"order {self.order_id} ({self.item}, €{self.price:.2f}): {self.status} {when}"


_ORDERS = (
    Order("12345", "ceramic coffee grinder", 89.0, "delivered", 1),
    Order("12388", "desk lamp with warm light", 54.5, "shipped", 3),
    Order("12402", "noise-cancelling headphones", 199.0, "in preparation", 0),
)


class SupportDesk:
    """One customer's orders."""

    def __init__(self) -> None:
        self._orders = {order.order_id: order for order in _ORDERS}
        self._lock = threading.Lock()

    def _order(self, order_id: str) -> Order:
        order = self._orders.get(order_id.strip().lstrip("#"))
        if order is None:
            raise NotPossible(f"There is no order “{order_id}”. There is: {', '.join(self._orders)}.")
        return order

    @tool
    def list_orders(self) -> ToolResult:
        """List all orders of the customer with their status."""
        orders = list(self._orders.values())
        lines = "; ".join(order.line() for order in orders)
        return told(f"You have {several(len(orders), 'order')}: {lines}.", orders=[o.row() for o in orders])

    @tool
    def get_order_status(self, order_id: str) -> ToolResult:
        """Look up one order: where the package is, its status and delivery, and what was ordered.

        Args:
            order_id: the number of the order
        """
        order = self._order(order_id)
        line = order.line()
        return told(f"{line[:1].upper()}{line[1:]}. It goes to {order.address}.", order=order.row())

    @tool
    def refund_order(self, order_id: str, reason: Reason) -> ToolResult:
        """Refund an order: the customer gets the money back.

        Args:
            order_id: the number of the order
            reason: why the customer wants the money back
        """
        with self._lock:
            order = self._order(order_id)
            if order.status == "refunded":
                raise NotPossible(f"Order {order.order_id} was refunded already.")
            refunded = replace(order, status="refunded", days_ago=0)
            self._orders[order.order_id] = refunded
        text = f"Refunded €{order.price:.2f} for order {order.order_id} ({order.item}), reason: {reason}."
        return told(text, order=refunded.row(), refund={"amount": order.price, "reason": reason})

    @tool
    def change_delivery_address(self, order_id: str, address: str) -> ToolResult:
        """Change the address that an order is delivered to. Possible until it is delivered.

        Args:
            order_id: the number of the order
            address: the new address, with street, number and city
        """
        place = " ".join(address.split())
        if len(place) < SHORTEST_ADDRESS:
            raise NotPossible(f"“{address}” is no whole address: street, number and city are needed.")
        with self._lock:
            order = self._order(order_id)
            if order.status in ("delivered", "refunded"):
                raise NotPossible(f"Order {order.order_id} is {order.status}: its address cannot change.")
            changed = self._orders[order.order_id] = replace(order, address=place)
        return told(f"Order {order.order_id} ({order.item}) now goes to {place}.", order=changed.row())

    @tool
    def update_customer_email(self, email: str) -> ToolResult:
        """Update the email address of the customer's account.

        Args:
            email: the new email address
        """
        if _EMAIL.fullmatch(email.strip()) is None:
            raise NotPossible(f"“{email}” is no email address.")
        return told(f"Messages about your orders now go to {email.strip()}.", email=email.strip())


_DESKS = PerCustomer(SupportDesk)


def _tools(customer: Customer) -> Sequence[AgentTool]:
    desk = _DESKS.of(customer)
    return (
        desk.list_orders,
        desk.get_order_status,
        desk.refund_order,
        desk.change_delivery_address,
        desk.update_customer_email,
    )


SUPPORT = Persona(
    name="support",
    title="Customer support",
    caption="Looks up, refunds and redirects orders.",
    instructions=(
        "You are the customer support of a web shop. Look orders up before you speak about them. Refund or "
        "change an order only when the customer asked for it."
    ),
    suggestions=(
        "Hi, I'm having trouble with my order #12345. Where is it?",
        "The package arrived damaged. I want a refund for order 12345.",
        "I moved to Lisbon, and I prefer to be contacted by email.",
        "Please change the address of order 12388 to 5 Rua do Sol, Lisbon.",
        "Which orders do I have?",
    ),
    icon=":material/support_agent:",
    welcome="What can I do for you? I look up, refund and redirect orders, and remember what you told us.",
    make_tools=_tools,
)
