"use strict";

// The server answers with one picture: red + 256 * green is the class id, blue the confidence.
const byId = (id) => document.getElementById(id);
const shownByBrowsers = ["image/png", "image/jpeg", "image/webp", "image/bmp"];
const state = { packed: null, colors: [], hidden: new Set(), classes: [] };
let turn = 0; // only the answer to the latest image is shown

const percent = (value) => (value === null ? "–" : `${(100 * value).toFixed(1)} %`);

function say(text, isError = false) {
  byId("status").textContent = text;
  byId("status").className = isError ? "error" : "";
}

async function bitmapOf(base64) {
  const bytes = Uint8Array.from(atob(base64), (c) => c.charCodeAt(0));
  return createImageBitmap(new Blob([bytes], { type: "image/png" }), { colorSpaceConversion: "none" });
}

function drawImage(bitmap, width, height) {
  for (const id of ["image", "overlay"]) {
    byId(id).width = width;
    byId(id).height = height;
  }
  byId("image").getContext("2d").drawImage(bitmap, 0, 0, width, height);
  byId("hint").hidden = true;
  byId("stage").hidden = false;
}

function pixelsOf(bitmap) {
  const canvas = new OffscreenCanvas(bitmap.width, bitmap.height);
  const context = canvas.getContext("2d", { willReadFrequently: true });
  context.drawImage(bitmap, 0, 0);
  return context.getImageData(0, 0, bitmap.width, bitmap.height);
}

function paint() {
  if (!state.packed) return;
  const { data: packed, width, height } = state.packed;
  const painted = new ImageData(width, height);
  const heat = byId("heat").checked;
  for (let i = 0; i < packed.length; i += 4) {
    const id = packed[i] + 256 * packed[i + 1];
    const color = state.colors[id];
    if (!color || state.hidden.has(id)) continue;
    const grey = packed[i + 2];
    painted.data[i] = heat ? 255 - grey : color[0];
    painted.data[i + 1] = heat ? grey : color[1];
    painted.data[i + 2] = heat ? 60 : color[2];
    painted.data[i + 3] = 255;
  }
  byId("overlay").getContext("2d").putImageData(painted, 0, 0);
}

function setOpacity() {
  byId("overlay").style.opacity = byId("opacity").value / 100;
}

function classRow(entry) {
  const row = document.createElement("tr");
  row.className = entry.pixels === 0 ? "absent" : "";
  const box = Object.assign(document.createElement("input"), { type: "checkbox" });
  box.checked = !state.hidden.has(entry.id);
  box.setAttribute("aria-label", entry.name);
  box.addEventListener("change", () => {
    state.hidden[box.checked ? "delete" : "add"](entry.id);
    paint();
  });
  const swatch = Object.assign(document.createElement("span"), { className: "swatch" });
  swatch.style.background = `rgb(${entry.color.join(",")})`;
  const known = entry.pixels !== undefined;
  for (const part of [[box], [swatch, entry.name], [known ? percent(entry.share) : ""],
    [known ? percent(entry.confidence) : ""]]) {
    const cell = document.createElement("td");
    cell.append(...part);
    row.append(cell);
  }
  return row;
}

function listClasses(classes) {
  state.classes = classes;
  state.colors = classes.map((entry) => entry.color);
  const sorted = [...classes].sort((a, b) => (b.pixels ?? 0) - (a.pixels ?? 0) || a.id - b.id);
  byId("classes").replaceChildren(...sorted.map(classRow));
}

function showTiming(timing, total) {
  const rows = [["Waiting", timing.queue_ms], ["Reading the image", timing.decode_ms],
    ["Model", timing.model_ms], ["Writing the answer", timing.encode_ms], ["In all, as seen here", total]];
  byId("timing").replaceChildren(...rows.flatMap(([name, value]) => [
    Object.assign(document.createElement("dt"), { textContent: name }),
    Object.assign(document.createElement("dd"), { textContent: `${value.toFixed(1)} ms` }),
  ]));
}

async function ask(file, kinds) {
  const query = kinds.map((kind) => `include=${kind}`).join("&");
  const type = file.type.startsWith("image/") ? file.type : "application/octet-stream";
  const answer = await fetch(`api/segment?${query}`, {
    method: "POST", body: file, headers: { "Content-Type": type, Accept: "application/json" },
  });
  const made = await answer.json();
  if (!answer.ok) throw new Error(made.message);
  return made;
}

async function segment(file) {
  const mine = ++turn;
  const local = shownByBrowsers.includes(file.type);
  const start = performance.now();
  say(`${file.name}: segmenting …`);
  try {
    const answer = await ask(file, local ? ["packed"] : ["packed", "image"]);
    const packed = await bitmapOf(answer.pictures.packed);
    const image = local ? await createImageBitmap(file) : await bitmapOf(answer.pictures.image);
    if (mine !== turn) return;
    drawImage(image, answer.width, answer.height);
    state.packed = pixelsOf(packed);
    listClasses(answer.classes);
    paint();
    setOpacity();
    showTiming(answer.timing, performance.now() - start);
    say(`${file.name}: ${answer.width} × ${answer.height} pixels`);
  } catch (error) {
    if (mine === turn) say(`${file.name}: ${error.message}`, true);
  }
}

function showPixel(event) {
  if (!state.packed) return;
  const { data, width, height } = state.packed;
  const box = byId("overlay").getBoundingClientRect();
  const scale = Math.min(box.width / width, box.height / height); // object-fit: contain
  const x = Math.floor((event.clientX - box.left - (box.width - scale * width) / 2) / scale);
  const y = Math.floor((event.clientY - box.top - (box.height - scale * height) / 2) / scale);
  const inside = x >= 0 && y >= 0 && x < width && y < height;
  const at = 4 * (y * width + x);
  const entry = inside ? state.classes[data[at] + 256 * data[at + 1]] : undefined;
  byId("pixel").textContent = entry
    ? `(${x}, ${y}): ${entry.name}, confidence ${percent(data[at + 2] / 255)}` : "";
}

function listen() {
  const drop = byId("drop");
  addEventListener("dragover", (event) => event.preventDefault());
  addEventListener("drop", (event) => {
    event.preventDefault();
    drop.classList.remove("over");
    if (event.dataTransfer.files.length) segment(event.dataTransfer.files[0]);
  });
  drop.addEventListener("dragenter", () => drop.classList.add("over"));
  drop.addEventListener("dragleave", () => drop.classList.remove("over"));
  byId("file").addEventListener("change", (event) => {
    if (event.target.files.length) segment(event.target.files[0]);
    event.target.value = "";
  });
  byId("opacity").addEventListener("input", setOpacity);
  byId("heat").addEventListener("change", paint);
  byId("all").addEventListener("change", (event) => {
    state.hidden = new Set(event.target.checked ? [] : state.classes.map((entry) => entry.id));
    listClasses(state.classes);
    paint();
  });
  byId("overlay").addEventListener("mousemove", showPixel);
}

listen();
fetch("api/info").then((answer) => answer.json()).then((info) => {
  if (!state.packed) listClasses(info.classes);
}).catch(() => say("The server does not answer.", true));
