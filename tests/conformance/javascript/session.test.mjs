// The AWS SDK for JavaScript v3: both planes, paging, errors. Finds the endpoint by AWS_ENDPOINT_URL_….
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { before, test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import {
  BedrockAgentCoreClient,
  CreateEventCommand,
  DeleteEventCommand,
  GetEventCommand,
  GetMemoryRecordCommand,
  ListSessionsCommand,
  RetrieveMemoryRecordsCommand,
  paginateListEvents,
} from "@aws-sdk/client-bedrock-agentcore";
import {
  BedrockAgentCoreControlClient,
  CreateMemoryCommand,
  DeleteMemoryCommand,
  GetMemoryCommand,
  UpdateMemoryCommand,
  paginateListMemories,
} from "@aws-sdk/client-bedrock-agentcore-control";

const control = new BedrockAgentCoreControlClient({});
const data = new BedrockAgentCoreClient({});
const DEADLINE = 20_000;
let memoryId;

const newName = () => `javascript_${randomUUID().slice(0, 8)}`;
const newActor = () => `team/alice:${randomUUID().slice(0, 8)}`;

function createMemory() {
  const facts = { semanticMemoryStrategy: { name: "Facts", namespaceTemplates: ["/facts/{actorId}/"] } };
  return control.send(
    new CreateMemoryCommand({ name: newName(), eventExpiryDuration: 30, memoryStrategies: [facts] }),
  );
}

async function say(actorId, text, eventTimestamp = new Date()) {
  const payload = [{ conversational: { role: "USER", content: { text } } }];
  const where = { memoryId, actorId, sessionId: "s" };
  const { event } = await data.send(new CreateEventCommand({ ...where, eventTimestamp, payload }));
  return event;
}

async function until(look) {
  const end = Date.now() + DEADLINE;
  while (Date.now() < end) {
    const found = await look();
    if (found) return found;
    await pause(100);
  }
  throw new Error(`Nothing was found within ${DEADLINE} ms`);
}

before(async () => {
  memoryId = (await createMemory()).memory.id;
  await until(async () => (await control.send(new GetMemoryCommand({ memoryId }))).memory.status === "ACTIVE");
});

test("a memory is made, changed, listed and deleted", async () => {
  const { memory } = await createMemory();
  assert.ok(memory.createdAt instanceof Date);
  await control.send(new UpdateMemoryCommand({ memoryId: memory.id, description: "by JavaScript" }));
  const shown = await control.send(new GetMemoryCommand({ memoryId: memory.id }));
  assert.equal(shown.memory.description, "by JavaScript");
  const ids = [];
  for await (const page of paginateListMemories({ client: control, pageSize: 1 }, {})) {
    ids.push(...page.memories.map((each) => each.id));
  }
  assert.ok(ids.includes(memory.id));
  assert.equal((await control.send(new DeleteMemoryCommand({ memoryId: memory.id }))).status, "DELETING");
});

test("events are written, paged newest first, read and deleted", async () => {
  const actorId = newActor();
  const start = Date.UTC(2026, 2, 1, 14, 36, 22, 346);
  const events = [];
  for (const number of [0, 1, 2]) events.push(await say(actorId, `text ${number}`, new Date(start + number)));
  assert.deepEqual(
    events.map((event) => event.eventTimestamp.getTime()),
    [start, start + 1, start + 2],
  );
  const where = { memoryId, actorId, sessionId: "s" };
  const listed = [];
  for await (const page of paginateListEvents({ client: data, pageSize: 1 }, where)) {
    listed.push(...page.events.map((event) => event.eventId));
  }
  assert.deepEqual(listed, events.map((event) => event.eventId).reverse());
  const { event } = await data.send(new GetEventCommand({ ...where, eventId: listed[2] }));
  assert.equal(event.payload[0].conversational.content.text, "text 0");
  await data.send(new DeleteEventCommand({ ...where, eventId: listed[2] }));
  await assert.rejects(data.send(new GetEventCommand({ ...where, eventId: listed[2] })), {
    name: "ResourceNotFoundException",
  });
});

test("a blob comes back as the document it was", async () => {
  const where = { memoryId, actorId: newActor(), sessionId: "s" };
  const blob = { list: [1, 2.5, null, "ü"], nested: { yes: true } };
  const eventTimestamp = new Date();
  const made = await data.send(new CreateEventCommand({ ...where, eventTimestamp, payload: [{ blob }] }));
  const { event } = await data.send(new GetEventCommand({ ...where, eventId: made.event.eventId }));
  assert.deepEqual(event.payload, [{ blob }]);
});

test("sessions are listed with their dates", async () => {
  const actorId = newActor();
  await say(actorId, "Hello.");
  const { sessionSummaries } = await data.send(new ListSessionsCommand({ memoryId, actorId }));
  assert.deepEqual(sessionSummaries.map((each) => each.sessionId), ["s"]);
  assert.ok(sessionSummaries[0].createdAt instanceof Date);
});

test("what was said is extracted, found and read", async () => {
  const actorId = newActor();
  await say(actorId, "I restore old bicycles.");
  const namespace = `/facts/${actorId}/`;
  const query = { memoryId, namespace, searchCriteria: { searchQuery: "hobbies", topK: 3 } };
  const record = await until(
    async () => (await data.send(new RetrieveMemoryRecordsCommand(query))).memoryRecordSummaries[0],
  );
  assert.match(record.content.text, /bicycles/);
  const { memoryRecordId } = record;
  const read = await data.send(new GetMemoryRecordCommand({ memoryId, memoryRecordId }));
  assert.deepEqual(read.memoryRecord.namespaces, [namespace]);
});

test("errors have their classes", async () => {
  await assert.rejects(control.send(new GetMemoryCommand({ memoryId: "nothing-0123456789" })), {
    name: "ResourceNotFoundException",
    $fault: "client",
  });
  const bad = new CreateMemoryCommand({ name: "not a name!", eventExpiryDuration: 30 });
  await assert.rejects(control.send(bad), { name: "ValidationException" });
});
