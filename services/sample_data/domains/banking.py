"""A bank's assistant with short-term memory only: no strategy, so nothing is ever extracted."""

from services.sample_data.casting import Domain, MemoryBlueprint, Persona, Script

MEMORY = MemoryBlueprint(
    name="SampleBankingShortTerm",
    description="Sample data: a bank's assistant. Short-term memory only, events are kept for sixty days.",
    event_expiry_days=60,
)

CARD_LOST = """
U: I lost my card, probably in the {lost_place}. Please block it right now.
A: I'm blocking it. It's the one ending in {card_end}, correct?
U: Yes.
T: block_card(card='{card_end}') -> {"blocked": true}
A: Blocked. Nobody can pay with it any more. Shall I order a new one?
U: Yes, to my address in {city}. How long does it take?
A: Four working days. Until then you can pay with your phone.
U: OK, thank you, that was quick.
"""

TRANSFER = """
U: I'd like to send {amount} to {payee}, for {reason}.
A: From your checking account?
U: From savings, there's enough in there.
A: Savings transfers take one day. {amount} to {payee} on {date+1}, is that right?
U: Yes, that's right.
T: create_transfer(to='{payee}', amount='{amount}', date='{iso+1}') -> {"id": "TX-{tx}"}
A: Done, TX-{tx}. You can cancel it until midnight.
U: And make it a standing order please, on the first of every month.
T: create_standing_order(to='{payee}', amount='{amount}', day=1) -> {"id": "SO-{tx}"}
A: Standing order SO-{tx} starts on the first of next month.
"""

MORTGAGE = """
U: What would the bank lend me for a flat in {city}? I earn {income} a month.
A: Roughly, and without any promise: about a third of your income could go into the rate.
U: My wife works half-time, does that count as well?
A: It does, as household income. Do you have savings?
U: {savings}. We want to keep some of it.
T: mortgage_estimate(income='{income}', savings='{savings}') -> {"range": "{mortgage}"}
A: The estimate is {mortgage}. An adviser can make that exact, would you like an appointment?
U: Yes, in person, not by video. {day+6} afternoon suits me.
A: I reserved three o'clock on {day+6} at the branch in {city}.
"""

STRANGE_PAYMENT = """
U: There's a payment of {odd_amount} to "{odd_payee}" that I don't know.
T: transaction(payee='{odd_payee}') -> {"amount": "{odd_amount}", "category": "subscription"}
A: It's a subscription that began with a free month. Does that ring a bell?
U: Hm, maybe my son signed up for something. One second.
U: Yes, it was him. A game, of course.
A: Shall I stop further payments to {odd_payee}?
U: Please do, and I'll have a word with him.
T: block_payee(payee='{odd_payee}') -> {"blocked": true}
A: Stopped.
"""

ABROAD = """
U: I'm going to {abroad} on {day+3}. Does my card work there?
A: It does. Would you like to lift the limit for that time?
U: To {limit} a day. And tell me which machines are free of charge.
A: Those of our partner banks, they are shown in the app. The limit is {limit} a day until {date+17}.
J: {"event": "limit_changed", "card": "{card_end}", "daily_limit": "{limit}", "until": "{iso+17}"}
U: Good. I pay cash mostly, I like to see what I spend.
"""

SCRIPTS: dict[str, Script] = {
    "lost-card": CARD_LOST,
    "transfer": TRANSFER,
    "mortgage": MORTGAGE,
    "strange-payment": STRANGE_PAYMENT,
    "card-abroad": ABROAD,
}

CAST = (
    Persona(
        "customer:4410:primary",
        ("lost-card", "transfer", "card-abroad"),
        {
            "lost_place": "tram",
            "card_end": "8812",
            "city": "Graz",
            "amount": "€250",
            "payee": "Julia Moser",
            "reason": "her music lessons",
            "tx": "70113",
            "abroad": "Morocco",
            "limit": "€600",
        },
        metadata={"channel": "app", "auth": "strong"},
    ),
    Persona(
        "customer:5127:primary",
        ("mortgage", "strange-payment"),
        {
            "city": "Utrecht",
            "income": "€3,900",
            "savings": "€62,000",
            "mortgage": "€310,000 to €345,000",
            "odd_amount": "€9.99",
            "odd_payee": "Dragonvale Online",
        },
        metadata={"channel": "web", "auth": "strong"},
        recent=True,
    ),
    Persona(
        "customer:6033:joint",
        ("transfer", "lost-card", "strange-payment"),
        {
            "amount": "€80",
            "payee": "the allotment club",
            "reason": "the yearly fee",
            "tx": "70950",
            "lost_place": "supermarket",
            "card_end": "0417",
            "city": "Malmö",
            "odd_amount": "€14.90",
            "odd_payee": "Galaxy Miners",
        },
        shape="exchange",
    ),
)

BANKING = Domain("banking", MEMORY, SCRIPTS, CAST)
