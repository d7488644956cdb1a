"""Customer support of an online shop: orders, refunds, addresses, how people like to be contacted."""

from services.sample_data.casting import Domain, MemoryBlueprint, Persona, Profile, Script
from services.sample_data.domains.seed_conversations import SUPPORT_ORDER

MEMORY = MemoryBlueprint(
    name="SampleCustomerSupport",
    description="Sample data: an online shop's support agent that remembers facts, preferences and sessions.",
    event_expiry_days=90,
    strategies=(
        {"semanticMemoryStrategy": {"name": "CustomerFacts", "namespaces": ["/facts/{actorId}/"]}},
        {
            "userPreferenceMemoryStrategy": {
                "name": "ContactPreferences",
                "namespaces": ["/preferences/{actorId}/"],
            }
        },
        {
            "summaryMemoryStrategy": {
                "name": "CaseSummaries",
                "description": "What each support case was about and how it ended.",
                "namespaces": ["/summaries/{actorId}/{sessionId}/"],
            }
        },
    ),
)

DAMAGED = """
U: <Hello|Hi there>, my {product} came this morning and the box looks like somebody sat on it.
A: Oh no, I'm sorry. Is the {product} itself damaged, or only the box?
U: Both. {damage}.
T: lookup_order(order_id='{order}') -> {"status": "delivered", "carrier": "DPS", "item": "{product}"}
A: I see order {order}, delivered today. I can send a replacement or refund you, which would you rather have?
U: A replacement please, I actually need it. And I prefer to be reached by {contact}, I never pick up
  unknown numbers.
A: Understood, {contact} from now on. The replacement leaves our warehouse on {day+1}.
U: Do I have to send the broken one back?
A: No need. Please recycle it if you can.
U: <Great, thanks for being so quick.|That was painless. Thank you!>
"""

LATE = """
U: It's {first}. Order {order} was promised for {day-2} and it still isn't here.
A: Let me see where it is, {first}.
T: track_parcel(order_id='{order}') -> {"last_scan": "sorting centre", "days_without_scan": 3}
A: It has been sitting in the sorting centre for three days. I have asked the carrier to look for it.
U: I work from home on {workday}s, so any other day I'm not there to open the door.
A: Good to know. I will ask them to deliver on a {workday}.
>> offer-pickup
A: Good to know. Would a pickup point near {street} be easier than waiting at home?
U: Not really, the nearest one closes at five.
<<
U: Could they leave it with my neighbour if I'm out? She has the flat below mine.
A: Yes, I added that to the delivery instructions.
U: And what if it's lost for good?
A: If there is no scan by {day+3} we send a new one, and you don't have to do anything.
U: Fine. I'll wait until then.
"""

RETURN = """
U: The {clothing} I bought is too small. I usually wear size {size}, but yours run tight.
A: They do, several customers said so. Would you like the next size up?
U: Yes, one size larger. In {colour} if you have it, {colour} is the only colour I wear.
T: check_stock(item='{clothing}', colour='{colour}') -> {"in_stock": 4}
A: We have it in {colour}. I'll send it today with a return label for the small one.
U: Is the exchange free? Last year I paid for the label.
A: Free since the spring. Just drop the parcel at any counter within thirty days.
U: Perfect.
"""

ADDRESS = """
U: <Hi|Hey>, I moved! I live in {new_city} now, no longer in {city}.
A: Congratulations on the move! What is the new address?
U: {new_street}, {new_city}. My old address was {street}.
T: update_address(customer='{first}', city='{new_city}', street='{new_street}') -> {"updated": true}
A: Saved. Parcels go to {new_street} in {new_city} from today.
U: There's one still on its way, {order}. Where will that end up?
A: That one already left for {city}. I asked the carrier to redirect it, which takes one more day.
U: Actually, my new address is {new_street}, apartment 4. I forgot the apartment.
A: Corrected: {new_street}, apartment 4, {new_city}.
U: Lovely. {pet} and I are sitting between boxes here, so that's one thing less to worry about.
"""

DOUBLE_CHARGE = """
U: You charged my card twice for order {order}.
A: That should not happen. Let me look at the payments.
T: list_payments(order_id='{order}') -> [{"amount": "{amount}", "state": "captured"}, {"amount": "{amount}",
  "state": "authorized"}]
A: I see one payment of {amount} and a second authorization that was never captured. The bank releases it by
  {day+4}.
U: So I don't lose the money?
A: You don't. It only looks like two charges until then.
U: OK. For the future, I'd rather pay by {payment} than by card.
A: I set {payment} as your default, you can still change it at checkout.
U: And please send the invoice to {invoice_email}, my accountant collects them there.
A: Done. All invoices go to {invoice_email} from now on.
"""

WARRANTY = """
U: My {device} stopped charging. I bought it {months} months ago.
A: Sorry about that. Have you tried another cable and a different socket?
U: Three cables and every socket in the flat 😅
A: Then it's probably the charging board. It is under warranty for 24 months, so the repair is free.
T: open_repair(device='{device}') -> {"ticket": "R-{ticket}", "turnaround_days": 9}
A: Your ticket is R-{ticket}. The repair takes about nine days.
U: Nine days is long, I need it for my work. I'm {job}.
A: I understand. As you're {job}, I can lend you one for that time.
U: You can? That would help a lot.
A: It ships on {day+1}, and you return both labels in the same box afterwards.
U: Thank you, that's more than I expected.
"""

CANCEL = """
U: I want to cancel my {plan} plan.
A: I can do that. May I ask why?
U: I only order three times a year, it doesn't pay off for me.
A: That makes sense. The {plan} plan ends on {date+12}; until then shipping stays free.
>> retention-offer
A: That makes sense. Would you stay for half the price?
U: No, thank you. I don't like being talked into things.
A: Fair enough, I will note that.
<<
U: And no newsletters any more, please. I don't want any marketing e-mails.
T: update_consent(newsletter=False, offers=False) -> {"updated": true}
A: Done, you will only hear from us about orders.
U: Good. That's all.
"""

GIFT = """
U: I'd like to send a {gift} to my {relative} in {gift_city}, as a gift.
A: What a nice idea. When should it arrive?
U: On {date+9}, that's {relative_pronoun} birthday. My {relative} is turning {relative_age}.
A: I'll plan it for {date+8} to be safe. Would you like it wrapped?
U: Yes, wrapped, and without a price on the slip.
A: What should the card say?
U: "Happy birthday from {first} and {pet}!"
T: create_gift_order(item='{gift}', city='{gift_city}', wrap=True) -> {"order": "{gift_order}"}
A: Order {gift_order} is placed, wrapped, with your card.
U: {relative_capital} loves {relative_interest}, so this should go down well.
A: Sounds like the right present then 🎁
"""

LOGIN = """
U: I can't log in. It says my password is wrong, and the reset mail never arrives.
A: Which address are you using?
U: {email}
T: lookup_account(email='{email}') -> {"found": true, "mail_bounces": 2}
A: Two of our mails to {email} bounced. Is the mailbox full?
U: <Oh. It may be, I never delete anything.|Possibly, I have 40,000 unread mails.>
A: I can send the code by text message instead, to the number ending in {phone_end}.
U: Yes please.
T: send_code(channel='sms') -> {"sent": true}
U: Got it, I'm in.
A: Would you like text messages as your second factor permanently?
U: I'd prefer an authenticator app, I travel a lot and my number doesn't work abroad.
A: I put the link for setting it up into your account.
"""

LOYALTY = """
U: How many points do I have?
T: loyalty_balance() -> {"points": {points}, "tier": "{tier}"}
A: You have {points} points and are in the {tier} tier.
U: Can I give them to somebody else? My {relative} shops with you too.
A: You can pool points within a household. Do you live at the same address?
U: No, my {relative} lives in {gift_city}.
A: Then pooling isn't possible, but you can turn points into a voucher and send that.
U: OK, make it a voucher for half of them.
A: Done. It's in your inbox and doesn't expire.
"""

MATERIAL = """
U: Quick question before I buy: is there any {allergen} in the {clothing}?
A: Let me check the material sheet.
T: product_sheet(item='{clothing}') -> {"materials": ["cotton 96%", "elastane 4%"]}
A: It is 96 % cotton and 4 % elastane, no {allergen}.
U: Good, I'm allergic to {allergen}. Last time I had a rash for a week.
A: I noted the {allergen} allergy, so we can warn you before you order something that contains it.
U: That would be wonderful. Then one in {colour}, size {size}.
A: Ordered, it arrives on {day+3}.
"""

REFUND = """
U: Any news about my refund? It's about order {order}.
A: One moment.
T: refund_status(order_id='{order}') -> {"state": "pending", "reason": "awaiting_scan"}
A: The refund is waiting for the return to be scanned. When did you hand it in?
U: Last {day-5}, at the counter in {city}. I kept the receipt.
A: If you send me a photo of the receipt I can release it by hand.
U: I sent it to your e-mail just now.
B: {"agent": "support", "intent": "refund_status", "attachments": [{"type": "receipt", "verified": true}],
  "sentiment": "patient"}
A: I have it, thank you. {amount} goes back to your {payment} today.
U: How long does that take?
A: Two working days with {payment}.
"""

CONTACT = """
U: Why did somebody call me at eight in the morning about a delivery window?
A: I'm sorry, that shouldn't have happened. The carrier did, not we.
U: I work nights, so mornings are when I sleep. Please never call before {call_after}.
A: I'm adding that: no calls before {call_after}.
U: Actually, forget calls altogether. I changed my mind, I prefer {contact} for everything.
A: Then {contact} it is, and calls are switched off.
T: update_contact(channel='{contact}', calls=False) -> {"updated": true}
U: Thanks. I mean it kindly, I'm just tired :)
A: Sleep well!
"""

SPANISH = """
U: Hola, soy {first}. ¿Puedo escribir en español?
A: Claro que sí. ¿En qué puedo ayudarte?
U: El {product} llegó sin el cargador. Pedido {order}.
T: lookup_order(order_id='{order}') -> {"items": ["{product}"], "accessories": []}
A: Tienes razón, el cargador no salió del almacén. Lo envío hoy mismo.
U: Genial. Por cierto, vivo en {city} y prefiero que lo dejen en la portería.
A: Anotado: entrega en la portería. Llega el día {iso+2}.
U: I can also write in English if that's easier, I just prefer Spanish.
A: Español está perfecto 🙂
U: ¡Muchas gracias!
"""

SCRIPTS: dict[str, Script] = {
    "order-support": SUPPORT_ORDER,
    "damaged-parcel": DAMAGED,
    "late-delivery": LATE,
    "size-exchange": RETURN,
    "new-address": ADDRESS,
    "double-charge": DOUBLE_CHARGE,
    "warranty-repair": WARRANTY,
    "plan-cancelled": CANCEL,
    "gift-order": GIFT,
    "login-trouble": LOGIN,
    "loyalty-points": LOYALTY,
    "material-question": MATERIAL,
    "refund-status": REFUND,
    "contact-times": CONTACT,
    "spanish-support": SPANISH,
}

CAST = (
    Persona("User84", ("order-support@OrderSupportSession1",), shape="conversation"),
    Persona(
        "user-84",
        ("damaged-parcel", "late-delivery", "new-address", "refund-status", "gift-order"),
        {
            "first": "Priya",
            "product": "standing lamp",
            "damage": "The shade is torn and one foot is bent",
            "contact": "e-mail",
            "order": "48213",
            "workday": "Thursday",
            "street": "18 Maple Court",
            "city": "Austin",
            "new_city": "Portland",
            "new_street": "702 Alder Street",
            "pet": "Biscuit the beagle",
            "amount": "$64.90",
            "payment": "PayPal",
            "gift": "watercolour set",
            "gift_city": "Tucson",
            "gift_order": "48377",
            "relative": "mother",
            "relative_capital": "My mother",
            "relative_pronoun": "her",
            "relative_age": "60",
            "relative_interest": "painting desert flowers",
        },
        metadata={"channel": "web", "locale": "en_US"},
        recent=True,
    ),
    Persona(
        "crm:contact:1",
        ("double-charge", "size-exchange", "warranty-repair", "loyalty-points"),
        {
            "first": "Henrik",
            "order": "50117",
            "amount": "€129.00",
            "payment": "bank transfer",
            "invoice_email": "books@nordlicht-studio.example",
            "clothing": "rain jacket",
            "size": "M",
            "colour": "navy",
            "device": "noise-cancelling headset",
            "months": "14",
            "ticket": "2291",
            "job": "a sound engineer",
            "points": "4180",
            "tier": "silver",
            "relative": "brother",
            "gift_city": "Bergen",
        },
        metadata={"channel": "app", "crm.stage": "customer"},
    ),
    Persona(
        "crm:contact:2",
        ("contact-times", "material-question", "damaged-parcel", "plan-cancelled"),
        {
            "first": "Grace",
            "contact": "text message",
            "call_after": "2 pm",
            "allergen": "latex",
            "clothing": "compression socks",
            "colour": "black",
            "size": "S",
            "product": "blood pressure monitor",
            "damage": "The display is cracked and the cuff has a hole",
            "order": "51902",
            "plan": "Prime Shipping",
        },
        metadata={"channel": "phone"},
        recent=True,
    ),
    Persona(
        "tenant-a/user-7",
        ("login-trouble", "late-delivery", "refund-status"),
        {
            "first": "Tobias",
            "email": "t.weiland@example.org",
            "phone_end": "37",
            "order": "61450",
            "workday": "Monday",
            "street": "Lindenallee 9",
            "city": "Leipzig",
            "amount": "€38.50",
            "payment": "credit card",
        },
        shape="exchange",
    ),
    Persona(
        "mateo-ruiz",
        ("spanish-support", "gift-order", "warranty-repair"),
        {
            "first": "Mateo",
            "product": "altavoz portátil",
            "order": "55031",
            "city": "Valencia",
            "gift": "wooden train set",
            "gift_city": "Madrid",
            "gift_order": "55102",
            "relative": "nephew",
            "relative_capital": "My nephew",
            "relative_pronoun": "his",
            "relative_age": "five",
            "relative_interest": "anything on rails",
            "pet": "Luna the cat",
            "device": "portable speaker",
            "months": "3",
            "ticket": "2340",
            "job": "a street musician",
        },
        metadata={"channel": "web", "locale": "es_ES"},
    ),
)

PROFILES = (
    Profile("user-84", "Priya has been a customer since March 2021 and is in the gold tier.", "crm-export"),
    Profile("crm:contact:1", "Henrik buys on account for his recording studio in Oslo.", "crm-export"),
    Profile("crm:contact:1", "Henrik's contract manager is Ingrid Solheim.", "crm-export"),
    Profile(
        "crm:contact:2",
        "Grace is a night-shift nurse and signed up through the hospital discount.",
        "crm-export",
    ),
    Profile(
        "tenant-a/user-7", "Tobias asked for his old account to be merged in 2024.", "helpdesk-migration"
    ),
    Profile("mateo-ruiz", "Mateo's preferred language is Spanish.", "helpdesk-migration"),
)

SUPPORT = Domain("customer-support", MEMORY, SCRIPTS, CAST, PROFILES)
