"""The conversations of the AgentCore Memory getting-started guide and of AWS's travel-assistant notebook.

Word for word, and so kept as turns rather than in the script notation: not even a trailing blank is lost. The
assistant's turns of the restaurant and travel ones are ours, the sources have the user's only.
"""

from services.sample_data.script import Turn

SUPPORT_ORDER = (
    Turn("USER", "Hi, I'm having trouble with my order #12345"),
    Turn("ASSISTANT", "I'm sorry to hear that. Let me look up your order."),
    Turn("TOOL", "lookup_order(order_id='12345')"),
    Turn("ASSISTANT", "I see your order was shipped 3 days ago. What specific issue are you experiencing?"),
    Turn("USER", "Actually, before that - I also want to change my email address"),
    Turn(
        "ASSISTANT",
        "Of course! I can help with both. Let's start with updating your email. What's your new email?",
    ),
    Turn("USER", "newemail@example.com"),
    Turn("TOOL", "update_customer_email(old='old@example.com', new='newemail@example.com')"),
    Turn("ASSISTANT", "Email updated successfully! Now, about your order issue?"),
    Turn("USER", "The package arrived damaged"),
)

AIRLINE_BOOKING = (
    Turn("USER", "Hi, I would like to book a flight from Seattle to New York for this Sunday"),
    Turn("ASSISTANT", "Certainly, let me try to find the best flights for you"),
    Turn("TOOL", "flight_search(start='Seattle', end='New York', date='2025-07-30')"),
    Turn(
        "ASSISTANT",
        "I have a two options available. 1/ Delta Airlines DL456 at 10:30 AM "
        "2/ American Airline AA345 at 4PM. ",
    ),
    Turn("USER", "Delta airline"),
    Turn(
        "ASSISTANT",
        "Sure. I will get you a seat on Delta flight DL456. Do you have a preference for a seat type",
    ),
    Turn("USER", "Yes. Window please"),
    Turn(
        "ASSISTANT",
        "I have booked you on flight DL456 at 10:30 AM on 07/30/2025. Your seat number is 26A. "
        "You will more details in your email",
    ),
)

RESTAURANT = (
    Turn("USER", "Im vegetarian and I prefer restaurants with a quiet atmosphere."),
    Turn("ASSISTANT", "Noted: vegetarian food, and somewhere quiet. What do you feel like eating?"),
    Turn("USER", "Im in the mood for Italian cuisine."),
    Turn("ASSISTANT", "Italian it is. Any budget or part of town?"),
    Turn("USER", "Id prefer something mid-range and located downtown."),
    Turn("ASSISTANT", "Mid-range and downtown, good. Which city are you in?"),
    Turn("USER", "I live in Irvine."),
    Turn("ASSISTANT", "Thank you. I will look for a quiet, mid-range Italian place in downtown Irvine."),
    Turn("USER", "I dont remember what I was in a mood for, do you remember?"),
    Turn("ASSISTANT", "You were in the mood for Italian cuisine, vegetarian and in a quiet place."),
)

TRIP_BOOKING = (
    Turn(
        "USER",
        "Hi, my name is Anna. I would like to book a trip from Boston to NYC departuring on July 11th 2024 "
        "and returning on July 22nd 2024. Via AIR.",
    ),
    Turn(
        "TOOL",
        "book_trip(origin='Boston', destination='NYC', start_date='2024-07-11', end_date='2024-07-22', "
        "transportation_mode='AIR') -> Successfully booked trip from Boston (2024-07-11) to NYC (2024-07-22) "
        "via AIR. Your booking_id is 7c41e0a9",
    ),
    Turn(
        "ASSISTANT",
        "Your trip is booked, Anna: Boston to NYC by air, leaving July 11th and returning July 22nd 2024. "
        "Your booking id is 7c41e0a9.",
    ),
    Turn("USER", "thank you!"),
    Turn("ASSISTANT", "You're welcome, Anna. Have a good trip!"),
)

TRIP_CHANGE = (
    Turn("USER", "I need to stay an extra day. Can I return on the 23rd instead?"),
    Turn(
        "ASSISTANT",
        "You have trip 7c41e0a9 from Boston to NYC, July 11th to July 22nd 2024 by air. "
        "Shall I move the return to July 23rd?",
    ),
    Turn("USER", "that is correct, thanks!"),
    Turn(
        "TOOL",
        "update_existing_trip_dates(booking_id='7c41e0a9', new_start_date='2024-07-11', "
        "new_end_date='2024-07-23') -> Successfully updated trip 7c41e0a9. New departure date: 2024-07-11 "
        "and new return date: 2024-07-23.",
    ),
    Turn("ASSISTANT", "Done. You now return from NYC on July 23rd 2024."),
)
