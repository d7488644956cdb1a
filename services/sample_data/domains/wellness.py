"""A wellness coach built on Strands: training, sleep, food, injuries. Its messages are JSON-wrapped."""

from services.sample_data.casting import Domain, MemoryBlueprint, Persona, Script

MEMORY = MemoryBlueprint(
    name="SampleWellnessCoach",
    description="Sample data: a training and sleep coach whose sessions a Strands session manager wrote.",
    event_expiry_days=180,
    strategies=(
        {"semanticMemoryStrategy": {"name": "HealthFacts", "namespaces": ["/health/{actorId}/facts/"]}},
        {
            "userPreferenceMemoryStrategy": {
                "name": "TrainingPreferences",
                "namespaces": ["/health/{actorId}/likes/"],
            }
        },
    ),
)

INTRO = """
U: Hi! I'm {first}, {age} years old, and I want to {goal}.
A: Welcome, {first}! What does a normal week look like for you?
U: I'm {job}, so I sit most of the day. I can train on {days}.
A: And what do you like doing?
U: I love {sport}. I hate running on a treadmill.
A: Then we build the week around {sport}. Anything I should be careful with?
U: My {weak_spot} hurts when I overdo it.
A: I'll keep the load on your {weak_spot} low. First session on {day+1}?
U: Yes, let's go!
"""

SLEEP = """
U: I slept terribly again. Woke up at four and that was it.
T: sleep_log(days=3) -> {"average_hours": 5.6, "wakeups": 3}
A: Five and a half hours on average over three nights. What does the evening look like?
U: I usually have a coffee after dinner, and then I work on the laptop in bed.
A: Would you try tea instead of the coffee for a week?
U: I can try. I don't like herbal tea though, only {tea}.
A: Without caffeine, {tea} is fine. And the laptop?
U: That will be harder. I'll leave it in the kitchen.
A: One week, then we compare.
"""

PLAN = """
U: What's the plan for this week?
T: training_plan(week='current') -> {"sessions": 3, "focus": "{focus}"}
A: Three sessions with a focus on {focus}: {days}.
U: {busy_day} doesn't work, I have {busy_reason}.
A: We can move it to the weekend.
U: I prefer mornings on weekends, before the others wake up.
A: Saturday at half past seven?
U: Deal. And not longer than {session_length}, please.
A: {session_length_capital}, with a proper warm-up.
"""

FOOD = """
U: What should I eat before training? I get dizzy when I train on an empty stomach.
A: Something small an hour before. Do you eat everything?
U: I'm {diet}, and I can't stand bananas.
A: Then {snack}, or a slice of toast with honey.
U: {snack_capital} sounds good. How much protein do I need? I weigh {weight}.
T: protein_target(weight='{weight}', goal='{goal}') -> {"grams_per_day": {protein}}
A: About {protein} grams a day.
U: That's more than I eat now.
A: We raise it slowly, one meal at a time. Which meal is the easiest to change?
U: Breakfast. I usually only have coffee.
"""

INJURY = """
U: Bad news, I twisted my {injured} on {day-1}.
A: Oh no. Is it swollen? Can you put weight on it?
U: A bit swollen, and I can walk, slowly.
A: Please have it looked at if the pain gets worse. No {sport} for two weeks.
U: Two weeks! What can I do in the meantime? I get grumpy without moving.
A: Swimming with a pull buoy, or strength for the upper body.
U: I don't like swimming pools, the chlorine. Strength then, I have a pair of {dumbbells} dumbbells at home.
T: replan(weeks=2, exclude=['{sport}'], equipment=['dumbbells']) -> {"sessions": 4}
A: Four short sessions with your {dumbbells} dumbbells are in the plan.
U: My doctor says it's only a strain, by the way.
A: Good to hear.
"""

MILESTONE = """
U: I did it! {achievement} 🎉
A: Congratulations, {first}! That's a big step from where you were.
U: A month ago I couldn't have done half of it.
T: progress(weeks=4) -> {"sessions_done": 11, "sessions_planned": 12}
A: You did eleven of twelve sessions. That's what did it.
U: I need a new goal now. Maybe {next_goal}?
A: {next_goal_capital} is realistic by spring. Shall we plan for it?
U: Yes. But keep one rest day after every hard session, I need that.
A: Always.
"""

STRESS = """
U: Everything is too much at the moment. Work, {stress}, and now I'm skipping sessions.
A: That's a lot at once. Skipping is fine, you don't owe me anything.
U: I feel guilty though.
A: What would help most this week: less training, or shorter training?
U: Shorter training. I can do twenty minutes at home in the living room.
A: Twenty minutes, no equipment, at home. And a walk on {day+1}?
U: A walk with {pet} is easy, we go out twice a day anyway.
A: Then that counts.
U: Thanks for not making a speech 🙏
"""

CHANGED = """
U: I'd like to change something. I used to like training in the evening, but now I prefer the early morning.
A: Happy to move it. What changed?
U: My {partner} works late shifts since this month, so evenings are the only time we have together.
A: That's a good reason. Six o'clock?
U: Half past six, I'm not a machine.
T: replan(time='06:30') -> {"sessions": 3}
A: All three sessions are at half past six now.
U: And {sport} outdoors only when it's light.
A: Noted. Until February that means weekends.
"""

GEAR = """
U: Which shoes should I buy for {sport}? My old shoes are falling apart.
A: Where do you do it mostly?
U: {terrain}. I have wide feet, size {shoe_size}.
A: Then look for a wide last and a firm heel.
U: Any brand? My last pair gave me blisters, I won't buy {bad_brand} again.
A: Try two or three in the afternoon, when feet are a little larger.
U: Good tip. I want to spend {shoe_budget} at most.
A: That is enough for a solid pair.
"""

MEDICAL = """
U: My blood pressure was {pressure} at the check-up. The doctor wants me to move more and salt less.
A: Good that you checked. Did you get any medication?
U: {medication}. I take it in the morning.
A: Then we avoid heavy pressing for now and do more steady work.
U: My {relative} had a stroke at sixty, so I take that seriously.
A: Of course. I put a reading into the plan every {busy_day}.
T: schedule(measure='blood pressure', weekday='{busy_day}') -> {"saved": true}
U: Good. I bought a cuff for it.
"""

REMINDER = """
U: What did I say about my {weak_spot} when we started?
A: That it hurts when you overdo it, so we keep the load low.
U: Right. It hasn't hurt for weeks now, so I think we can do a bit more.
A: Ten percent more per week, and we stop when it complains.
U: Sounds fair.
T: replan(load='+10%') -> {"sessions": 3}
A: Done.
"""

SCRIPTS: dict[str, Script] = {
    "getting-started": INTRO,
    "bad-sleep": SLEEP,
    "weekly-plan": PLAN,
    "what-to-eat": FOOD,
    "injury": INJURY,
    "milestone": MILESTONE,
    "too-much": STRESS,
    "mornings-now": CHANGED,
    "new-shoes": GEAR,
    "check-up": MEDICAL,
    "remember-my-knee": REMINDER,
}

CAST = (
    Persona(
        "athlete-sofia",
        ("getting-started", "weekly-plan", "what-to-eat", "milestone"),
        {
            "first": "Sofia",
            "age": "34",
            "goal": "run a half marathon",
            "job": "a translator",
            "days": "Tuesday, Thursday and Sunday",
            "sport": "trail running",
            "weak_spot": "left knee",
            "focus": "endurance",
            "busy_day": "Thursday",
            "busy_reason": "choir practice",
            "session_length": "fifty minutes",
            "session_length_capital": "Fifty minutes",
            "diet": "vegetarian",
            "snack": "a handful of dates",
            "snack_capital": "A handful of dates",
            "weight": "61 kg",
            "protein": "85",
            "achievement": "Fifteen kilometres without stopping",
            "next_goal": "the half marathon in March",
            "next_goal_capital": "The half marathon in March",
        },
        shape="strands",
        recent=True,
    ),
    Persona(
        "athlete-dmitri",
        ("getting-started", "bad-sleep", "check-up", "mornings-now"),
        {
            "first": "Dmitri",
            "age": "47",
            "goal": "lose ten kilos",
            "job": "a bus dispatcher",
            "days": "Monday, Wednesday and Friday",
            "sport": "rowing",
            "weak_spot": "lower back",
            "tea": "rooibos",
            "pressure": "148 over 93",
            "medication": "A low dose of ramipril",
            "relative": "father",
            "busy_day": "Sunday",
            "partner": "wife",
        },
        shape="strands",
    ),
    Persona(
        "wellness/member:3391",
        ("injury", "too-much", "new-shoes"),
        {
            "injured": "ankle",
            "sport": "bouldering",
            "dumbbells": "8 kg",
            "stress": "the move",
            "pet": "Otto the dachshund",
            "terrain": "Mostly gravel paths along the river",
            "shoe_size": "42",
            "bad_brand": "Fleetfox",
            "shoe_budget": "€120",
        },
        shape="strands",
    ),
    Persona(
        "athlete-noor",
        ("getting-started", "what-to-eat", "remember-my-knee", "too-much"),
        {
            "first": "Noor",
            "age": "26",
            "goal": "get stronger",
            "job": "a software tester",
            "days": "Monday and Thursday",
            "sport": "climbing",
            "weak_spot": "right shoulder",
            "diet": "lactose intolerant",
            "snack": "rice cakes with jam",
            "snack_capital": "Rice cakes with jam",
            "weight": "58 kg",
            "protein": "95",
            "stress": "my thesis",
            "pet": "Kiki, my parents' spaniel,",
        },
        metadata={"app.version": "4.2.1"},
    ),
)

WELLNESS = Domain("wellness", MEMORY, SCRIPTS, CAST)
