// Turns to more piano rolls and songs, which stand packed in the page (see packed.py).
//
// All buttons are added here, so without a script the page is as it was. Nothing is loaded.
"use strict";
(() => {
  if (!("DecompressionStream" in window)) return;

  const AT_ONCE = 6; // piano rolls
  const ROWS = 300; // songs

  const unpack = async (block) => {
    const bytes = Uint8Array.from(atob(block.textContent), (char) => char.charCodeAt(0));
    const unzipped = new DecompressionStream("deflate");
    const text = await new Response(new Blob([bytes]).stream().pipeThrough(unzipped)).text();
    return JSON.parse(text);
  };

  const make = (name, text, attributes = {}) => {
    const element = document.createElement(name);
    element.textContent = text;
    for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
    return element;
  };

  const button = (text, onClick, attributes = {}) => {
    const element = make("button", text, { type: "button", ...attributes });
    element.addEventListener("click", onClick);
    return element;
  };

  // A path that is broken between its parts, as markup.py's `breakable`.
  const breakable = (text) =>
    (text.match(/[^/_]*[/_]|[^/_]+/g) || []).flatMap((part, place) =>
      place ? [document.createElement("wbr"), part] : [part]);

  const spoken = () => make("p", "", { class: "status", role: "status", "aria-live": "polite" });

  // --- piano rolls, six at a time ---

  const browsers = new Map(); // id of a part -> how to show a song's examples there

  const browseRolls = (data, part) => {
    const rolls = part.querySelector(".rolls");
    const choices = data.choices.map(([label, places]) => ({ label, places }));
    const state = { choice: choices[0], start: 0 };
    const status = spoken();
    const select = make("select", "");
    for (const { label } of choices) select.append(make("option", label));

    const show = () => {
      const { label, places } = state.choice;
      const shown = places.slice(state.start, state.start + AT_ONCE);
      window.vaeprep.stop();
      rolls.innerHTML = shown.map((place) => data.cards[place]).join("");
      window.vaeprep.attach(rolls);
      const last = state.start + shown.length;
      status.textContent = `${state.start + 1} to ${last} of ${places.length}, ${label}`;
      draw.hidden = state.choice !== choices[0] || places.length <= AT_ONCE;
      earlier.hidden = later.hidden = places.length <= AT_ONCE;
      earlier.disabled = state.start === 0;
      later.disabled = last >= places.length;
    };

    const turn = (by) => {
      const had = document.activeElement;
      state.start += by;
      show();
      if (had.disabled) (by > 0 ? earlier : later).focus(); // a disabled button keeps no focus
    };
    const drawAgain = () => {
      const places = state.choice.places;
      for (let i = places.length - 1; i > 0; i -= 1) {
        const other = Math.floor(Math.random() * (i + 1));
        [places[i], places[other]] = [places[other], places[i]];
      }
      state.start = 0;
      show();
    };
    const draw = button("Another draw", drawAgain);
    const earlier = button("Earlier", () => turn(-AT_ONCE));
    const later = button("Next", () => turn(AT_ONCE));

    select.addEventListener("change", () => {
      state.choice = choices[select.selectedIndex];
      state.start = 0;
      show();
    });
    const label = make("label", `Show ${data.unit} `);
    label.append(select);
    const bar = make("div", "", { class: "browse" });
    bar.append(label, draw, earlier, later, status);
    rolls.before(bar);
    const { length } = choices[0].places;
    status.textContent = `1 to ${Math.min(AT_ONCE, length)} of ${length}, ${choices[0].label}`;
    earlier.disabled = true;
    later.disabled = length <= AT_ONCE;

    const ofSong = { label: "", places: [] };
    const showSong = (id, name) => {
      if (!choices.includes(ofSong)) {
        choices.push(ofSong);
        select.append(make("option", ""));
      }
      ofSong.label = `of ${name}`;
      ofSong.places = data.songs[id];
      select.lastElementChild.textContent = ofSong.label;
      select.selectedIndex = choices.length - 1;
      state.choice = ofSong;
      state.start = 0;
      show();
      bar.scrollIntoView({ block: "start" });
      select.focus({ preventScroll: true });
    };
    browsers.set(part.id, { songs: data.songs, showSong });
  };

  // --- the table of songs ---

  const COLUMNS = ["title", "pieces", "examples", "why"]; // of the table

  const songsOf = (columns) => columns.id.map((id, place) => ({
    id,
    shown: columns.shown[place] || id,
    name: columns.name[place],
    title: columns.name[place] || columns.shown[place] || id,
    pieces: columns.pieces[place],
    examples: columns.examples[place],
    failed: columns.failed[place] === 1,
    why: columns.why[place],
  }));

  const csv = (rows) => {
    // A cell that begins like a formula would be one to a spreadsheet.
    const cell = (value) => {
      const text = typeof value === "string" && /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
      return `"${String(text).replaceAll('"', '""')}"`;
    };
    const lines = rows.map((row) =>
      [row.title, row.id, row.pieces, row.examples, row.failed ? "failed" : "", row.why]
        .map(cell).join(","));
    return ["song,id,pieces,examples,failed,why none", ...lines, ""].join("\r\n");
  };

  const save = (rows) => {
    const link = make("a", "", { download: "songs.csv" });
    link.href = URL.createObjectURL(new Blob(["\ufeff", csv(rows)], { type: "text/csv" }));
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 1000);
  };

  const { compare } = new Intl.Collator(undefined, { numeric: true });

  const byColumn = (column, down) => (a, b) => {
    const order = typeof a[column] === "number"
      ? a[column] - b[column]
      : compare(a[column], b[column]);
    return down ? -order : order;
  };

  const browseSongs = (data, part) => {
    const table = part.querySelector("table");
    const rows = songsOf(data.columns);
    const state = { words: "", column: null, down: false };
    const browser = browsers.get(data.rolls);
    const status = spoken();

    const nameCell = (row) => {
      const cell = make("th", "", { scope: "row" });
      if (browser && browser.songs[row.id]) {
        const show = () => browser.showSong(row.id, row.title);
        const title = button("", show, { "aria-label": `Show examples of ${row.title}` });
        title.append(...breakable(row.title));
        cell.append(title);
      } else {
        cell.append(...breakable(row.title));
      }
      if (row.name) cell.append(make("small", row.shown));
      return cell;
    };
    const line = (row) => {
      const element = make("tr", "");
      const examples = row.failed ? "failed" : row.examples.toLocaleString("en");
      element.append(
        nameCell(row),
        make("td", row.pieces.toLocaleString("en"), { class: "n" }),
        make("td", examples, { class: "n" }),
        make("td", row.why),
      );
      return element;
    };

    const found = () => {
      const words = state.words.toLowerCase();
      const texts = (row) => `${row.name}\n${row.id}\n${row.why}`.toLowerCase();
      const chosen = rows.filter((row) => !words || texts(row).includes(words));
      return state.column === null ? chosen : chosen.sort(byColumn(state.column, state.down));
    };
    const show = () => {
      const chosen = found();
      table.tBodies[0].replaceChildren(...chosen.slice(0, ROWS).map(line));
      const some = Math.min(chosen.length, ROWS);
      status.textContent = some < chosen.length
        ? `${some} of ${chosen.length.toLocaleString("en")} songs are shown`
        : `${some} ${some === 1 ? "song" : "songs"}`;
    };

    const heads = [...table.tHead.rows[0].cells];
    heads.forEach((head, place) => {
      const sort = button(head.textContent, () => {
        state.down = state.column === COLUMNS[place] && !state.down;
        state.column = COLUMNS[place];
        for (const other of heads) other.removeAttribute("aria-sort");
        head.setAttribute("aria-sort", state.down ? "descending" : "ascending");
        show();
      });
      head.replaceChildren(sort);
    });

    const label = make("label", "Find ");
    const input = make("input", "", { type: "search", placeholder: "a name, a reason" });
    input.addEventListener("input", () => {
      state.words = input.value.trim();
      show();
    });
    label.append(input);
    const bar = make("div", "", { class: "browse" });
    bar.append(label, button("Save as CSV", () => save(found())), status);
    part.querySelector(".list").before(bar);
    show();
  };

  const start = async () => {
    const kinds = { rolls: browseRolls, songs: browseSongs };
    const blocks = [...document.querySelectorAll("script[data-kind]")];
    for (const kind of Object.keys(kinds)) { // songs lead to rolls, so rolls come first
      for (const block of blocks.filter((one) => one.dataset.kind === kind)) {
        kinds[kind](await unpack(block), document.getElementById(block.dataset.of));
      }
    }
  };

  window.vaeprep.browsing = start();
  window.vaeprep.csv = csv;
})();
