"""A developer's work assistant with facts and summaries: incidents, reviews, set-ups, long pasted texts."""

from services.sample_data.casting import Domain, MemoryBlueprint, Persona, Script

MEMORY = MemoryBlueprint(
    name="SampleWorkAssistant",
    description="Sample data: helps a software team and remembers its systems, decisions and habits.",
    event_expiry_days=120,
    strategies=(
        {"semanticMemoryStrategy": {"name": "ProjectFacts", "namespaces": ["/projects/{actorId}/facts"]}},
        {
            "summaryMemoryStrategy": {
                "name": "SessionNotes",
                "namespaces": ["/projects/{actorId}/notes/{sessionId}"],
            }
        },
    ),
)

ONBOARDING = """
U: Hi, I'm {first}, I started in the {team} team this week. Can you help me find my way around?
A: Welcome, {first}! What are you working on first?
U: {first_task}. The service is called {service} and it's written in {language}.
T: repo_info(name='{service}') -> {"language": "{language}", "owners": ["{team}"], "ci": "green"}
A: {service} belongs to the {team} team. The readme explains the local set-up, start with that.
U: My laptop runs {os}. Does the set-up script work there?
A: It does since last month.
U: I use {editor}, and I prefer tabs over spaces, please don't judge.
A: Never. The formatter decides anyway.
U: Ha, right.
"""

STACK_TRACE = """
U: The nightly job of {service} failed. Here is the log, I don't understand it:
  | {iso+0}T02:14:07Z INFO  scheduler - starting job export-ledger run=8841
  | {iso+0}T02:14:07Z INFO  export - reading partition 2026-w46 (412,907 rows)
  | {iso+0}T02:16:55Z WARN  pool - connection 7 idle for 300 s, closing
  | {iso+0}T02:16:55Z WARN  pool - connection 3 idle for 300 s, closing
  | {iso+0}T02:17:40Z INFO  export - 300000 rows written
  | {iso+0}T02:19:02Z ERROR export - write failed: could not extend file: No space left on device
  | {iso+0}T02:19:02Z ERROR scheduler - job export-ledger run=8841 failed after 295 s
  | Traceback (most recent call last):
  |   File "/srv/app/jobs/runner.py", line 88, in run
  |     job.execute(context)
  |   File "/srv/app/jobs/export_ledger.py", line 141, in execute
  |     self._write(rows, target)
  |   File "/srv/app/jobs/export_ledger.py", line 203, in _write
  |     target.flush()
  | OSError: [Errno 28] No space left on device
A: The disk of the worker is full: the export writes to /tmp first, and 300,000 rows filled it.
T: disk_usage(host='worker-3', path='/tmp') -> {"used": "100%", "largest": "export-8839.tmp 18 GB"}
A: A leftover of run 8839 takes 18 GB. It was never deleted because that run was killed.
U: So we clean up first and then restart?
A: Yes. And the job should delete its temporary file also when it is killed.
U: I'll open a ticket. We deploy {service} on {deploy_day}s only, so it has to wait until then.
A: Until then I can delete leftovers older than a day every night.
U: Do that. You're a lifesaver.
"""

REVIEW = """
U: Can you look at my change before I bother {reviewer} with it?
  | def retry(call, attempts=3):
  |     for n in range(attempts):
  |         try:
  |             return call()
  |         except Exception:
  |             time.sleep(2 ** n)
A: Two things: it swallows every exception, and after the last attempt it returns None without a word.
U: Right. So re-raise on the last one, and only catch timeouts?
A: Exactly. And add some jitter, otherwise all the workers retry at the same moment.
>> with-decorator
A: Or use the retry decorator that {service} already has, it does all of that.
U: I didn't know we had one. Where?
A: In the common package, module backoff.
<<
U: {reviewer} always asks for a test. What would you test?
A: That it gives up after three attempts, and that other exceptions pass through.
U: I prefer small pull requests, so the tests go into the same one, but nothing else.
A: Good habit.
"""

INCIDENT = """
U: We have an incident: {service} answers with 502 since ten past.
T: metrics(service='{service}', window='30m') -> {"error_rate": 0.31, "p95_ms": 4210}
A: 31 % errors, and the latency went up four minutes before. Was there a deployment?
U: Yes, {language} was upgraded at five to.
A: Then roll that back first and look for the reason after.
U: Rolling back. I'm on call this week, {reviewer} is my second.
T: deploy(service='{service}', version='previous') -> {"state": "done", "seconds": 74}
A: The rollback finished. Errors are falling: 12 %, 4 %, 0.3 %.
U: Phew. What do I write into the channel?
A: "{service} is back since a minute ago after a rollback. We are looking for the cause and will write again
  by noon."
U: Posted. The post-mortem is on {day+2}, please remind me in the morning.
A: I'll remind you on {day+2} at nine.
B: {"incident": "INC-{incident}", "service": "{service}", "timeline": [{"t": "+0m", "what": "deploy"}, {"t":
  "+4m", "what": "latency"}, {"t": "+15m", "what": "errors"}, {"t": "+31m", "what": "rollback"}]}
"""

DECISION = """
U: For the notes: we decided to use {database} for the new {feature}.
A: Noted. What were the reasons?
U: The team knows it, and we have {rows} rows at most. {rejected} was too much to operate for us.
A: Who decided?
U: {reviewer} and I, in the architecture round. We will look at it again in six months.
A: I'll bring it up again in May.
U: And the service will run in {region}, because the customers' data must stay there.
A: Recorded: {database}, {region}, review in six months.
"""

MEETING = """
U: Please summarize this, it's the transcript of our planning meeting:
  | {reviewer}: Okay, we have three topics: the {feature}, the on-call rota, and the offsite.
  | {first}: The {feature} first. I have the storage part ready, the screens are missing. I need about two
  | weeks, if nobody pulls me into anything else.
  | {reviewer}: Two weeks is fine. Who tests it?
  | Paulo: I can, but only from {day+5}. Until then I'm in the migration.
  | {first}: Then I'll write the test data myself, so that Paulo can begin without me.
  | {reviewer}: Good. The rota. Three people is not enough, everybody is on call every third week.
  | Paulo: I'd rather have a week of nights less than the money for it. Honestly.
  | {reviewer}: I'm going to ask the platform team for two people. Until then we swap as we need to.
  | {first}: I can't do the last week of the year, I'm in {home_city} with my family.
  | Paulo: I'll take it, I'm here anyway.
  | {reviewer}: Thank you. The offsite: Ghent or Lille?
  | {first}: Ghent. I don't fly, and from here it's one train.
  | Paulo: Ghent, because of the fries.
  | {reviewer}: Ghent it is, the second week of March. I'll book, you send me what you can't eat.
  | {first}: No fish for me, please.
  | {reviewer}: Good, that's it, thanks everyone.
A: The {feature} is two weeks away: {first} finishes the screens and writes test data, Paulo tests from
  {day+5}. {reviewer} asks the platform team for two more people for the on-call rota; Paulo takes the last
  week of the year, because {first} is in {home_city}. The offsite is in Ghent in the second week of March.
U: Very good. Who books?
A: {reviewer}, and everybody tells {reviewer} what they can't eat. You said: no fish.
U: Send it to the others like that.
T: post(channel='#{team}', text='Planning notes') -> {"ok": true}
A: Posted in #{team}.
"""

FOCUS = """
U: I don't get anything done, there is a ping every three minutes.
A: Shall I collect them and bring them twice a day?
U: Yes, at eleven and at four. I do my best work before eleven.
A: Then nothing reaches you before eleven, apart from incidents.
U: And messages from {reviewer}, those always.
A: Incidents and {reviewer}. Everything else at eleven and four.
T: focus_rules(user='{first}', digest=['11:00', '16:00'], allow=['incident', '{reviewer}']) -> {"saved": true}
U: Let's see how long I can stand the silence 😄
A: I'm curious as well.
"""

SQL = """
U: Why is this query slow? It takes eleven seconds on {database}.
  | SELECT customer_id, count(*) FROM orders
  | WHERE lower(status) = 'open' AND created_at > now() - interval '7 days'
  | GROUP BY customer_id ORDER BY 2 DESC LIMIT 50;
A: lower(status) hides the index on status. Are the values mixed case?
U: They were once, we cleaned that up in summer.
A: Then compare with status = 'open' directly.
U: 40 milliseconds. Wow.
A: An index on (status, created_at) would help the other reports as well.
U: I'm the only one here who writes SQL by hand, the others use the ORM. I like to see what happens.
A: Then keep it by hand, but in one place.
T: run_query(explain=True) -> {"plan": "Index Scan using orders_status_created_at", "ms": 38}
U: Added the index, thanks.
"""

LEAVE = """
U: I'm off from {date+6} to {date+20}. What do I have to hand over?
T: open_work(user='{first}') -> {"pull_requests": 2, "tickets": 5, "on_call": false}
A: Two pull requests and five tickets. None of them is due before you are back, apart from the {feature}.
U: {reviewer} takes the {feature}. The rest can wait.
A: I'll reassign it. Where are you going?
U: {home_city}, my parents live there. No laptop, I promised.
A: Then I'll keep everything until {date+21}.
U: Please decline all the meetings in that time as well.
T: decline_meetings(from='{iso+6}', to='{iso+20}') -> {"declined": 17}
A: Seventeen meetings declined.
U: Seventeen! No wonder I need a break.
"""

CORRECTION = """
U: In your last summary you wrote that {service} runs in eu-west-1. That's wrong, it runs in {region}.
A: Thank you, I'll correct that: {service} runs in {region}.
U: And the owner isn't {reviewer} any more, it's me since {date-3}.
A: Corrected: you own {service} since {date-3}.
U: One more: the budget is {cloud_budget} a month, not a quarter.
A: {cloud_budget} per month. Is there anything else that I got wrong?
U: No, the rest was good. I just want the facts to be right before others rely on them.
A: Me too.
"""

GERMAN = """
U: Guten Morgen! Ich schreibe heute auf Deutsch, ich bin noch nicht wach.
A: Guten Morgen! Kein Problem. Woran arbeiten wir?
U: An den Berichten für {feature}. Ich brauche die Zahlen vom letzten Monat, ohne Testkunden.
T: report(name='{feature}', month='last', exclude=['test']) -> {"rows": 1290, "total": "84.310,20"}
A: 1.290 Zeilen, zusammen 84.310,20 Euro. Als Tabelle oder als Text?
U: Als Tabelle, bitte. Und Beträge immer mit zwei Nachkommastellen.
A: Gern. Die Tabelle liegt in deinem Ordner.
U: Super. I'll present it in English, so please use English column names.
A: Renamed the columns to English.
"""

DESIGN_NOTE = """
U: I wrote this over the weekend and I'm too close to it. What would {reviewer} object to? I pasted all of it:
  | {feature}: design note, second draft
  |
  | 1. Why
  | People search for "couch" and we sell sofas. Today a list of 212 synonyms lives in a file in the
  | repository of {service}. Changing a line means a review, a build and a deployment, and takes two days
  | on average. In October the merchandising team asked for 61 changes; we made 23 of them. Every request
  | that we did not get to is a search without a result, and about one in nine of those ends the visit.
  |
  | 2. What we want
  | The merchandising team changes synonyms by itself, sees within a minute what a change does to real
  | searches of last week, and can take it back. We do not want to build a rule language, and we do not
  | want anybody to edit weights by hand. Whoever can describe the change in one sentence should be able
  | to make it.
  |
  | 3. How
  | Synonyms move out of the file into a table of their own: a group has an id, a language, a list of
  | words and a state (draft, live, retired). {service} reads the live groups at start and again whenever
  | the version number changes; it asks for that number every ten seconds. A change never touches a group
  | in place: it makes a new version of it, so taking back means making the version before last the live
  | one again.
  | For the preview we keep the 5,000 most frequent searches of the last week with their first twenty
  | results. When somebody edits a draft, we run the ones that contain a word of the group twice, with and
  | without the draft, and show what moves. On my laptop that takes eleven seconds for a common word and
  | less than one for most others, which I find acceptable, because nobody previews every letter.
  |
  | 4. What can go wrong
  | a) A group that is too wide ("bed", "bench", "seat") makes everything match everything. The preview
  | shows it, but somebody has to look. I would refuse groups of more than twelve words.
  | b) Two people edit the same group. The second one to save is told, and sees both versions side by
  | side.
  | c) The table is not there. Then {service} keeps the groups that it read last and says so in its health
  | report. It must not start without any, because then every search would be worse without anyone
  | noticing.
  | d) Words that mean one thing in one language and another in the next: "gift" is poison in German. A
  | group belongs to exactly one language, and we do not guess.
  |
  | 5. What we leave out
  | Spelling mistakes, which are another project. Learning synonyms from clicks: interesting, but nobody
  | could explain to the merchandising team why a word appeared. Permissions finer than "may edit" and
  | "may not".
  |
  | 6. Effort
  | Three weeks for two people: one for the table and the reading, one for the preview, one for the
  | screens and for moving the 212 lines over. I would begin with the preview, since it is the part I am
  | least sure of.
A: It reads well. I think {reviewer} will ask three things: who looks at the preview when the merchandising
  team is in a hurry, what happens to searches that are running while the version changes, and why the
  limit is twelve words.
U: Twelve is a guess, to be honest. I'd rather measure it.
A: Then say so in the note, and say how: the widest group that moved fewer than a tenth of the results, say.
U: Good. A search keeps the version that it began with, I'll add that as 4e.
A: And for the first one: you could ask for a second person above a certain number of moved results.
U: I like that, it's simple. I don't want to build an approval workflow.
T: save_note(title='{feature}: design note', draft=3) -> {"saved": true}
A: Saved as the third draft.
"""

SCRIPTS: dict[str, Script] = {
    "first-week": ONBOARDING,
    "nightly-job-failed": STACK_TRACE,
    "code-review": REVIEW,
    "incident": INCIDENT,
    "decision-note": DECISION,
    "planning-meeting": MEETING,
    "focus-time": FOCUS,
    "slow-query": SQL,
    "holiday-handover": LEAVE,
    "correct-the-record": CORRECTION,
    "german-report": GERMAN,
    "design-note": DESIGN_NOTE,
}

CAST = (
    Persona(
        "dev/ines",
        ("first-week", "nightly-job-failed", "code-review", "planning-meeting"),
        {
            "first": "Inês",
            "team": "ledger",
            "first_task": "The export of monthly statements",
            "service": "ledger-export",
            "language": "Python",
            "os": "Fedora",
            "editor": "Neovim",
            "deploy_day": "Tuesday",
            "reviewer": "Marta",
            "feature": "statement archive",
            "home_city": "Braga",
        },
        metadata={"client": "cli", "workspace": "ledger"},
    ),
    Persona(
        "dev/kofi",
        ("incident", "decision-note", "slow-query", "correct-the-record", "holiday-handover"),
        {
            "first": "Kofi",
            "service": "checkout-api",
            "language": "Go",
            "reviewer": "Birgit",
            "incident": "1183",
            "database": "PostgreSQL",
            "feature": "voucher ledger",
            "rows": "two million",
            "rejected": "A cluster of its own",
            "region": "eu-central-1",
            "cloud_budget": "€6,000",
            "home_city": "Kumasi",
        },
        metadata={"client": "ide", "workspace": "checkout"},
        recent=True,
    ),
    Persona(
        "dev/lukas",
        ("german-report", "focus-time", "slow-query"),
        {"first": "Lukas", "feature": "billing", "reviewer": "Hannah", "database": "MariaDB"},
        shape="strands",
    ),
    Persona(
        "dev/aisha",
        ("first-week", "incident", "focus-time", "decision-note", "design-note"),
        {
            "first": "Aisha",
            "team": "search",
            "first_task": "The ranking of product names",
            "service": "product-search",
            "language": "Java",
            "os": "macOS",
            "editor": "IntelliJ",
            "reviewer": "Tomás",
            "incident": "1207",
            "database": "OpenSearch",
            "feature": "synonym editor",
            "rows": "forty thousand",
            "rejected": "A vector database",
            "region": "us-west-2",
        },
        shape="exchange",
    ),
)

WORK = Domain("work", MEMORY, SCRIPTS, CAST)
