// Follows the stream of a ticket ledger, counts its events and prints what was counted.
//
//   npm ci
//   node follow.mjs BOOTSTRAP LEDGER STATE_FILE [--follow]
//
// The stream is the topic LEDGER.events. One record is one event: its value is a CloudEvent in
// JSON, its header `position` a number that counts a partition's events from 1, without a gap.
// The rules are three, in any language:
//   1. Keep the last position of each partition together with your results: here both are in one
//      file that is replaced whole, so a kill at any moment leaves results and position in step.
//   2. Skip a record whose position is not greater: a relay may repeat itself.
//   3. A position that is greater by more than one is an error: never go on behind a gap.

import { createHash, randomUUID } from 'node:crypto';
import { closeSync, existsSync, fsyncSync, openSync, readFileSync, renameSync, writeSync } from 'node:fs';
import { decompress } from 'fzstd';
import kafkajs from 'kafkajs';

const { CompressionCodecs, CompressionTypes, Kafka, logLevel } = kafkajs;

// The relay compresses with zstd, which kafkajs leaves to others.
CompressionCodecs[CompressionTypes.ZSTD] = () => ({
  compress: () => { throw new Error('this program only reads'); },
  decompress: async (buffer) => Buffer.from(decompress(buffer)),
});

class State {
  constructor(file) {
    this.file = file;
    const kept = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : {};
    this.partitions = kept.partitions ?? {};
    this.types = kept.types ?? {};
    this.taken = false;
  }

  position(partition) {
    return this.partitions[partition]?.position ?? 0;
  }

  take(partition, record) {
    const position = positionOf(partition, record);
    const last = this.position(partition);
    if (position <= last) return;
    if (position !== last + 1) {
      throw new Error(`partition ${partition}: expected position ${last + 1}, found ${position}`);
    }
    const before = Buffer.from(this.partitions[partition]?.digest ?? '', 'hex');
    const digest = createHash('sha256').update(before).update(record.value ?? '').digest('hex');
    this.partitions[partition] = { digest, position };
    const type = typeOf(record);
    this.types[type] = (this.types[type] ?? 0) + 1;
    this.taken = true;
  }

  // Written beside, forced to the disk and renamed: the file is the old one or the new one.
  save() {
    if (!this.taken) return;
    const beside = `${this.file}.new`;
    const opened = openSync(beside, 'w');
    writeSync(opened, `${this}\n`);
    fsyncSync(opened);
    closeSync(opened);
    renameSync(beside, this.file);
    this.taken = false;
  }

  toString() {
    return JSON.stringify(sorted({ partitions: this.partitions, types: this.types }));
  }
}

function sorted(value) {
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(Object.keys(value).sort().map((name) => [name, sorted(value[name])]));
}

function header(record, name) {
  const value = record.headers?.[name];
  return value === undefined ? undefined : String(Array.isArray(value) ? value[0] : value);
}

function positionOf(partition, record) {
  const written = header(record, 'position') ?? '';
  if (!/^[1-9][0-9]{0,15}$/.test(written)) {
    throw new Error(`partition ${partition}, offset ${record.offset}: no position in its headers`);
  }
  return Number(written);
}

// What the ledger could not read as an event is in the stream too, so that positions stay dense.
function typeOf(record) {
  if (!(header(record, 'content-type') ?? '').startsWith('application/cloudevents+json')) {
    return '(unreadable)';
  }
  return String(JSON.parse(record.value.toString('utf8')).type);
}

async function ends(kafka, topic) {
  const admin = kafka.admin();
  await admin.connect();
  try {
    const offsets = await admin.fetchTopicOffsets(topic);
    return new Map(offsets.map(({ partition, high }) => [partition, BigInt(high)]));
  } finally {
    await admin.disconnect();
  }
}

async function main([bootstrap, ledger, stateFile, ...flags]) {
  if (!stateFile || flags.some((flag) => flag !== '--follow')) {
    console.error('usage: node follow.mjs BOOTSTRAP LEDGER STATE_FILE [--follow]');
    return 2;
  }
  const follow = flags.length > 0;
  const topic = `${ledger}.events`;
  const kafka = new Kafka({
    brokers: bootstrap.split(','),
    clientId: 'node-consumer',
    logLevel: logLevel.NOTHING,
  });
  const state = new State(stateFile);
  const goals = await ends(kafka, topic);
  for (const [partition, end] of goals) {
    if (BigInt(state.position(partition)) > end) {
      throw new Error(`partition ${partition}: the state is ahead of the stream; is it of another ledger?`);
    }
  }

  // kafkajs reads in a group only. This one is new each time: nothing is kept in it.
  const consumer = kafka.consumer({ groupId: `node-consumer-${randomUUID()}` });
  const left = new Set([...goals.keys()].filter((partition) => goals.get(partition) > 0n));
  try {
    await consumer.connect();
    await consumer.subscribe({ topics: [topic], fromBeginning: true });
    await new Promise((done, failed) => {
      process.once('SIGTERM', done);
      process.once('SIGINT', done);
      consumer.on(consumer.events.CRASH, ({ payload }) => failed(payload.error));
      if (left.size === 0 && !follow) done();
      const eachBatch = async ({ batch, resolveOffset, heartbeat }) => {
        try {
          for (const record of batch.messages) {
            state.take(batch.partition, record);
            resolveOffset(record.offset);
          }
          state.save();
        } catch (error) {
          failed(error);
          throw error;
        }
        if (BigInt(batch.lastOffset()) + 1n >= goals.get(batch.partition)) left.delete(batch.partition);
        if (left.size === 0 && !follow) done();
        await heartbeat();
      };
      consumer.run({ autoCommit: false, eachBatchAutoResolve: false, eachBatch }).catch(failed);
      // Position n is at offset n-1 or behind it, never before: what follows is at offset n or behind.
      for (const partition of goals.keys()) {
        const offset = BigInt(state.position(partition));
        consumer.seek({ topic, partition, offset: String(offset) });
        if (offset >= goals.get(partition)) left.delete(partition);
      }
      if (left.size === 0 && !follow) done();
    });
  } finally {
    await consumer.disconnect();
  }
  console.log(String(state));
  return 0;
}

main(process.argv.slice(2)).then(
  (status) => process.exit(status),
  (error) => {
    console.error(`error: ${error.message}`);
    process.exit(1);
  },
);
