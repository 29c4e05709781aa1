// Plays piano rolls, moves a line through them, and saves them as MIDI files.
//
// Each roll carries its notes as data-notes: rows of six whole numbers, start and end in
// tenths of a millisecond, pitch, velocity, program (-1 for drums) and instrument. Buttons
// are added here, so without a script the page is as it was. Nothing is loaded.
"use strict";
(() => {
  const SVG = "http://www.w3.org/2000/svg";
  const FIELDS = 6;
  const TENTHS_OF_A_MS = 10000;
  const LEAD = 0.06; // seconds from the click to the first note
  const RELEASE = 0.06;
  const LONGEST = 600; // seconds

  const notesOf = (roll) => {
    const flat = JSON.parse(roll.dataset.notes);
    const notes = [];
    for (let i = 0; i < flat.length; i += FIELDS) {
      const [start, end, pitch, velocity, program, instrument] = flat.slice(i, i + FIELDS);
      const isDrum = program < 0;
      notes.push({
        start: start / TENTHS_OF_A_MS,
        end: end / TENTHS_OF_A_MS,
        pitch,
        velocity: Math.min(Math.max(velocity, 1), 127),
        program: Math.max(program, 0),
        instrument,
        isDrum,
        role: isDrum ? "drums" : program < 32 ? "melody" : program < 40 ? "bass" : "other",
      });
    }
    return notes;
  };

  // --- sound: every role has a voice of its own ---

  const VOICES = {
    melody: { wave: "triangle", level: 0.32, cutoff: 6000 },
    bass: { wave: "sawtooth", level: 0.3, cutoff: 700 },
    other: { wave: "square", level: 0.1, cutoff: 2200 },
  };

  const fading = (context, out, at, level, seconds) => {
    const gain = context.createGain();
    gain.gain.setValueAtTime(0.0001, at);
    gain.gain.exponentialRampToValueAtTime(level, at + 0.006);
    gain.gain.exponentialRampToValueAtTime(0.0001, at + seconds);
    gain.connect(out);
    return gain;
  };

  const tone = (context, out, note, at) => {
    const voice = VOICES[note.role];
    const stop = at + Math.max(note.end - note.start, 0.05);
    const level = (voice.level * note.velocity) / 127;
    const filter = context.createBiquadFilter();
    filter.type = "lowpass";
    filter.frequency.value = voice.cutoff;
    const gain = context.createGain();
    gain.gain.setValueAtTime(0.0001, at);
    gain.gain.exponentialRampToValueAtTime(level, at + 0.008);
    gain.gain.exponentialRampToValueAtTime(level * 0.6, stop);
    gain.gain.exponentialRampToValueAtTime(0.0001, stop + RELEASE);
    const source = context.createOscillator();
    source.type = voice.wave;
    source.frequency.value = 440 * 2 ** ((note.pitch - 69) / 12);
    source.connect(filter).connect(gain).connect(out);
    source.start(at);
    source.stop(stop + RELEASE);
  };

  const noises = new WeakMap();
  const noiseOf = (context) => {
    if (!noises.has(context)) {
      const buffer = context.createBuffer(1, context.sampleRate, context.sampleRate);
      const samples = buffer.getChannelData(0);
      for (let i = 0, state = 1; i < samples.length; i += 1) {
        state = (state * 48271) % 2147483647; // the same noise every time
        samples[i] = (state / 2147483647) * 2 - 1;
      }
      noises.set(context, buffer);
    }
    return noises.get(context);
  };

  const hiss = (context, out, at, type, frequency, level, seconds) => {
    const source = context.createBufferSource();
    source.buffer = noiseOf(context);
    source.loop = true;
    const filter = context.createBiquadFilter();
    filter.type = type;
    filter.frequency.value = frequency;
    source.connect(filter).connect(fading(context, out, at, level, seconds));
    source.start(at);
    source.stop(at + seconds);
  };

  const thump = (context, out, at, from, to, level, seconds) => {
    const source = context.createOscillator();
    source.frequency.setValueAtTime(from, at);
    source.frequency.exponentialRampToValueAtTime(to, at + seconds * 0.6);
    source.connect(fading(context, out, at, level, seconds));
    source.start(at);
    source.stop(at + seconds);
  };

  const stroke = (context, out, note, at) => {
    const loud = note.velocity / 127;
    const pitch = note.pitch;
    if (pitch === 35 || pitch === 36) {
      thump(context, out, at, 150, 48, 0.8 * loud, 0.22);
    } else if ([37, 38, 39, 40].includes(pitch)) {
      thump(context, out, at, 220, 160, 0.25 * loud, 0.12);
      hiss(context, out, at, "bandpass", 1900, 0.5 * loud, 0.16);
    } else if ([41, 43, 45, 47, 48, 50].includes(pitch)) {
      thump(context, out, at, 60 + (pitch - 38) * 14, 45 + (pitch - 38) * 9, 0.5 * loud, 0.28);
    } else if ([22, 42, 44].includes(pitch)) {
      hiss(context, out, at, "highpass", 8000, 0.25 * loud, 0.06);
    } else if ([26, 46].includes(pitch)) {
      hiss(context, out, at, "highpass", 7500, 0.25 * loud, 0.32);
    } else if ([49, 51, 52, 53, 55, 57, 59].includes(pitch)) {
      hiss(context, out, at, "highpass", 5000, 0.22 * loud, 0.7);
    } else {
      hiss(context, out, at, "bandpass", 3200, 0.25 * loud, 0.09);
    }
  };

  const schedule = (context, out, notes, from) => {
    for (const note of notes) {
      if (note.start < LONGEST) {
        (note.isDrum ? stroke : tone)(context, out, note, from + note.start);
      }
    }
  };

  // --- one roll plays at a time ---

  let context = null;
  let playing = null;

  const cursors = (roll) =>
    [...roll.querySelectorAll("svg")].map((svg) => {
      const line = document.createElementNS(SVG, "line");
      line.setAttribute("class", "cursor");
      line.setAttribute("y1", "12");
      line.setAttribute("y2", String(svg.viewBox.baseVal.height - 4));
      line.style.display = "none";
      svg.append(line);
      return line;
    });

  const showAt = (item, seconds) => {
    const perLine = Number(item.roll.dataset.lineSeconds);
    const current = Math.floor(seconds / perLine);
    item.cursors.forEach((line, place) => {
      line.style.display = place === current ? "" : "none";
      if (place === current) {
        const left = Number(item.roll.dataset.left);
        const width = Number(item.roll.dataset.width);
        const x = left + ((seconds - current * perLine) / perLine) * width;
        line.setAttribute("x1", x.toFixed(2));
        line.setAttribute("x2", x.toFixed(2));
      }
    });
  };

  const stop = () => {
    if (!playing) return;
    const { item, out, frame } = playing;
    playing = null;
    cancelAnimationFrame(frame);
    out.gain.setTargetAtTime(0, context.currentTime, 0.01);
    setTimeout(() => out.disconnect(), 80);
    item.cursors.forEach((line) => { line.style.display = "none"; });
    item.button.textContent = "Play";
    item.button.setAttribute("aria-label", `Play ${item.name}`);
  };

  const play = (item) => {
    stop();
    context = context || new AudioContext();
    context.resume(); // its clock stands still until it runs, and so does what is planned on it
    const out = context.createGain();
    const limiter = context.createDynamicsCompressor();
    out.connect(limiter).connect(context.destination);
    const from = context.currentTime + LEAD;
    schedule(context, out, item.notes, from);
    playing = { item, out, frame: 0 };
    item.button.textContent = "Stop";
    item.button.setAttribute("aria-label", `Stop ${item.name}`);
    const length = Math.min(Number(item.roll.dataset.seconds), LONGEST);
    const move = () => {
      if (!playing || playing.item !== item) return;
      const seconds = context.currentTime - from;
      if (seconds > length + RELEASE) {
        stop();
        return;
      }
      showAt(item, Math.max(seconds, 0));
      playing.frame = requestAnimationFrame(move);
    };
    move();
  };

  // --- MIDI files: one track, the ticks of a tempo of 120 ---

  const TICKS_PER_QUARTER = 480;
  const TICKS_PER_SECOND = TICKS_PER_QUARTER * 2;

  const variableLength = (value) => {
    const bytes = [value & 0x7f];
    for (let rest = value >> 7; rest > 0; rest >>= 7) bytes.unshift((rest & 0x7f) | 0x80);
    return bytes;
  };

  const bigEndian = (value, size) =>
    Array.from({ length: size }, (_, i) => (value >> (8 * (size - 1 - i))) & 0xff);

  const midiFile = (notes) => {
    const channels = new Map(); // instrument -> channel, without 9, which is for drums
    const events = [];
    for (const note of notes) {
      let channel = 9;
      if (!note.isDrum) {
        const key = `${note.instrument}/${note.program}`;
        if (!channels.has(key)) {
          const number = channels.size % 15;
          channels.set(key, number < 9 ? number : number + 1);
          events.push({ tick: 0, order: 0, bytes: [0xc0 | channels.get(key), note.program] });
        }
        channel = channels.get(key);
      }
      const on = Math.round(note.start * TICKS_PER_SECOND);
      const off = Math.max(Math.round(note.end * TICKS_PER_SECOND), on + 1);
      events.push({ tick: on, order: 2, bytes: [0x90 | channel, note.pitch, note.velocity] });
      events.push({ tick: off, order: 1, bytes: [0x80 | channel, note.pitch, 0] });
    }
    events.sort((a, b) => a.tick - b.tick || a.order - b.order);
    const track = [0, 0xff, 0x51, 3, 0x07, 0xa1, 0x20]; // half a second a quarter note
    let last = 0;
    for (const { tick, bytes } of events) {
      track.push(...variableLength(tick - last), ...bytes);
      last = tick;
    }
    track.push(0, 0xff, 0x2f, 0);
    const head = [0x4d, 0x54, 0x68, 0x64, ...bigEndian(6, 4), 0, 0, 0, 1];
    const ticks = bigEndian(TICKS_PER_QUARTER, 2);
    const chunk = [0x4d, 0x54, 0x72, 0x6b, ...bigEndian(track.length, 4)];
    return new Uint8Array([...head, ...ticks, ...chunk, ...track]);
  };

  const save = (item) => {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([midiFile(item.notes)], { type: "audio/midi" }));
    link.download = `${item.name.replace(/[^\p{L}\p{N}.]+/gu, "-") || "music"}.mid`;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 1000);
  };

  // --- the buttons ---

  const addButton = (bar, text, label, onClick) => {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = text;
    button.setAttribute("aria-label", label);
    button.addEventListener("click", onClick);
    bar.append(button);
    return button;
  };

  const addButtons = (roll) => {
    const notes = notesOf(roll);
    if (!notes.length) return;
    const name = roll.dataset.name;
    const item = { roll, notes, name, cursors: cursors(roll), button: null };
    const bar = document.createElement("div");
    bar.className = "buttons";
    item.button = addButton(bar, "Play", `Play ${name}`, () => {
      if (playing && playing.item === item) stop();
      else play(item);
    });
    addButton(bar, "Save MIDI", `Save ${name} as a MIDI file`, () => save(item));
    roll.before(bar);
  };

  const attach = (part) => part.querySelectorAll(".roll[data-notes]").forEach(addButtons);

  attach(document);
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") stop();
  });

  window.vaeprep = { notesOf, schedule, midiFile, attach, stop };
})();
