// An SMSC of npm's `smpp`: takes submits, joins long texts by their UDH, sends receipts and texts from phones.
//
// It says each event as a line of JSON on stdout, first its port, and takes lines of JSON on stdin:
// {"behave": {…}} changes how it answers, {"write": {from, to, text}} is a text from a phone,
// {"enquire": true} and {"unbind": true} are what an SMSC may send by itself.
'use strict';

const readline = require('readline');
const smpp = require('smpp');

const MOST_OCTETS_A_PIECE = 134; // of UCS-2 after a header of 6
const behaviour = {status: 0, statuses: [], answer_delay: 0, receipt_delay: 0, stat: 'DELIVRD', times: 1, early: false};
const pieces = new Map();
let session = null; // the one that receives
let lastId = 0x5eab8d00;
let lastReference = 0;

function tell(event, more) {
  process.stdout.write(JSON.stringify({event, ...more}) + '\n');
}

function later(milliseconds, act) {
  if (milliseconds > 0) setTimeout(act, milliseconds);
  else act();
}

// The whole text, once its last piece is there; null before.
function joined(pdu) {
  if (pdu.message_payload) return {text: pdu.message_payload.message, parts: 1};
  const header = (pdu.short_message.udh || []).find((element) => element[0] === 0x00);
  if (!header) return {text: pdu.short_message.message, parts: 1};
  const [reference, total, number] = header.slice(2);
  const key = `${pdu.destination_addr} ${reference} ${total}`;
  const known = pieces.get(key) || new Map();
  pieces.set(key, known.set(number, pdu.short_message.message));
  if (known.size < total) return null;
  pieces.delete(key);
  return {text: [...known.keys()].sort((a, b) => a - b).map((n) => known.get(n)).join(''), parts: total};
}

function receipt(pdu, id, stat) {
  const state = {DELIVRD: 2, EXPIRED: 3, UNDELIV: 5, REJECTD: 8}[stat];
  const words = `id:${id} sub:001 dlvrd:001 submit date:2601010000 done date:2601010001 stat:${stat} err:000 text:`;
  return {
    source_addr_ton: 1, source_addr_npi: 1, source_addr: pdu.destination_addr,
    destination_addr: pdu.source_addr, esm_class: smpp.ESM_CLASS.MC_DELIVERY_RECEIPT,
    short_message: Buffer.from(words, 'latin1'), receipted_message_id: id, message_state: state,
  };
}

function onSubmit(pdu) {
  const from = this;
  const status = behaviour.statuses.length ? behaviour.statuses.shift() : behaviour.status;
  const {destination_addr: phone, source_addr: source, source_addr_ton: ton, data_coding: coding} = pdu;
  tell('submit', {phone, source, ton, coding, status, receipt: pdu.registered_delivery, validity: pdu.validity_period});
  if (status) {
    from.send(pdu.response({command_status: status}));
    return;
  }
  const id = String(++lastId);
  const {stat, times, early} = behaviour;
  const answer = () => from.send(pdu.response({message_id: id}));
  const receipts = () => {
    for (let n = 0; stat && n < times; n++) session.deliver_sm(receipt(pdu, id, stat), onDelivered);
  };
  if (early) receipts();
  later(behaviour.answer_delay, answer);
  if (!early) later(behaviour.answer_delay + behaviour.receipt_delay, receipts);
  const whole = joined(pdu);
  if (whole) tell('text', {phone, ...whole});
}

function onDelivered(pdu) {
  tell('delivered', {status: pdu.command_status});
}

// A text from a phone, in as many pieces as it needs.
function write({from, to, text}) {
  const octets = Buffer.from(text, 'utf16le').swap16();
  const total = Math.ceil(octets.length / MOST_OCTETS_A_PIECE);
  const reference = ++lastReference;
  const fields = {source_addr_ton: 1, source_addr_npi: 1, source_addr: from, destination_addr: to};
  for (let n = 1; n <= total; n++) {
    const piece = octets.subarray((n - 1) * MOST_OCTETS_A_PIECE, n * MOST_OCTETS_A_PIECE);
    const header = Buffer.from([5, 0, 3, reference, total, n]);
    session.deliver_sm({
      ...fields, data_coding: 8, esm_class: total > 1 ? 0x40 : 0,
      short_message: total > 1 ? Buffer.concat([header, piece]) : piece,
    }, onDelivered);
  }
}

const server = smpp.createServer({}, (connected) => {
  connected.socket.setNoDelay(true);
  for (const way of ['transceiver', 'receiver', 'transmitter']) {
    connected.on(`bind_${way}`, (pdu) => {
      if (way !== 'transmitter') session = connected;
      connected.send(pdu.response({system_id: 'node'}));
      tell('bound', {way, system_id: pdu.system_id, password: pdu.password, version: pdu.interface_version});
    });
  }
  connected.on('submit_sm', onSubmit);
  connected.on('enquire_link', (pdu) => {
    connected.send(pdu.response());
    tell('enquired');
  });
  connected.on('unbind', (pdu) => {
    connected.send(pdu.response());
    tell('unbound');
  });
  connected.on('close', () => tell('closed'));
  connected.on('error', (problem) => tell('error', {problem: String(problem)}));
});
server.listen(0, '127.0.0.1', () => tell('listening', {port: server.address().port}));

readline.createInterface({input: process.stdin}).on('line', (line) => {
  const asked = JSON.parse(line);
  Object.assign(behaviour, asked.behave);
  if (asked.write) write(asked.write);
  if (asked.enquire) session.enquire_link({}, (pdu) => tell('answered enquire', {status: pdu.command_status}));
  if (asked.unbind) session.unbind({}, (pdu) => tell('answered unbind', {status: pdu.command_status}));
}).on('close', () => process.exit(0));
