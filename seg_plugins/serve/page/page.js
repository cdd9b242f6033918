"use strict";

// The server answers with one image: red + 256 * green is the class id, blue the confidence.
const byId = (id) => document.getElementById(id);
const least = [0, 32, 77]; // dark blue to yellow: distinguishable with any colour vision
const most = [255, 234, 70];
const state = { info: null, packed: null, hidden: new Set(), classes: [], files: [], shown: null };
let turn = 0; // answers to files that are no longer selected are not shown

const percent = (value) => (value === null ? "–" : `${(100 * value).toFixed(1)} %`);
const duration = (ms) => (ms < 1000 ? `${ms.toFixed(0)} ms` : `${(ms / 1000).toFixed(1)} s`);
const megabytes = (bytes) => `${(bytes / 2 ** 20).toFixed(1)} MB`;

function say(text, isError = false) {
  byId("status").textContent = text;
  byId("status").className = isError ? "error" : "";
}

function nameTitle(file) {
  const { model = "", checkpoint = "" } = state.info ?? {};
  byId("model").textContent = [model, checkpoint].filter(Boolean).join(", ");
  document.title = [file, model, "Segmentation"].filter(Boolean).join(" · ");
}

function blobOf(base64) {
  return new Blob([Uint8Array.from(atob(base64), (c) => c.charCodeAt(0))], { type: "image/png" });
}

const bitmapOf = (blob) => createImageBitmap(blob, { colorSpaceConversion: "none" });

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

function isHidden({ id, background }, heat) {
  return state.hidden.has(id) || (background && !heat);
}

function painted(heat, hides) {
  const { data: packed, width, height } = state.packed;
  const made = new ImageData(width, height);
  const colors = state.classes.map((entry) => (hides && isHidden(entry, heat) ? null : entry.color));
  for (let i = 0; i < packed.length; i += 4) {
    const id = packed[i] + 256 * packed[i + 1];
    const color = colors[id];
    if (!color) continue;
    const part = packed[i + 2] / 255;
    for (let c = 0; c < 3; c++) {
      made.data[i + c] = heat ? least[c] + part * (most[c] - least[c]) : color[c];
    }
    made.data[i + 3] = 255;
  }
  return made;
}

function paint() {
  const heat = byId("heat").checked;
  const nothing = state.classes.length > 0 && state.classes.every((entry) => state.hidden.has(entry.id));
  byId("scale").hidden = !heat;
  byId("note").textContent = nothing ? "No class is selected, so nothing is drawn: select one below." : "";
  if (!state.packed) return;
  byId("overlay").getContext("2d").putImageData(painted(heat, true), 0, 0);
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
  const sorted = [...classes].sort((a, b) => (b.pixels ?? 0) - (a.pixels ?? 0) || a.id - b.id);
  byId("classes").replaceChildren(...sorted.map(classRow));
}

function showTiming(timing, total) {
  const rows = [["Waiting", timing.queue_ms], ["Reading the image", timing.decode_ms],
    ["Model", timing.model_ms], ["Writing the answer", timing.encode_ms], ["Total in the browser", total]];
  byId("timing").replaceChildren(...rows.flatMap(([name, value]) => [
    Object.assign(document.createElement("dt"), { textContent: name }),
    Object.assign(document.createElement("dd"), { textContent: duration(value) }),
  ]));
}

async function ask(file, kinds) {
  const limit = state.info?.max_bytes;
  if (limit && file.size > limit) {
    throw new Error(`the file has ${megabytes(file.size)}, above the limit of ${megabytes(limit)}: ` +
      "make it smaller, or start serve.py with a larger --max-megabytes");
  }
  const query = kinds.map((kind) => `include=${kind}`).join("&");
  const headers = { "Content-Type": "application/octet-stream", Accept: "application/json" };
  const request = { method: "POST", body: file, headers };
  const answer = await fetch(`api/segment?${query}`, request).catch(() => {
    throw new Error("the server does not answer: is serve.py still running?");
  });
  const made = await answer.json();
  if (!answer.ok) throw new Error(made.message);
  return made;
}

function clearResult() {
  state.packed = state.shown = null;
  byId("hint").hidden = false;
  byId("stage").hidden = byId("save").hidden = true;
  for (const id of ["pixel", "timing"]) byId(id).replaceChildren();
  listClasses(state.info?.classes ?? []);
}

function sizeText({ width, height, model_width: w, model_height: h }) {
  const whole = `${width} × ${height} pixels`;
  return w === width && h === height ? whole : `${whole}, shrunk to ${w} × ${h} for the model`;
}

async function show(entry) {
  state.shown = entry;
  nameTitle(entry.file.name);
  listFiles();
  if (!entry.answer) {
    clearResult();
    state.shown = entry;
    say(`${entry.file.name}: ${entry.error ?? "segmenting …"}`, Boolean(entry.error));
    return;
  }
  const [packed, image] = await Promise.all([bitmapOf(entry.pictures.packed), createImageBitmap(entry.pictures.image)]);
  if (state.shown !== entry) return;
  const { answer } = entry;
  drawImage(image, answer.model_width, answer.model_height);
  state.packed = pixelsOf(packed);
  listClasses(answer.classes);
  paint();
  setOpacity();
  showTiming(answer.timing, entry.total);
  byId("save").hidden = false;
  say(`${entry.file.name}: ${sizeText(answer)}`);
}

function listFiles() {
  const focused = [...byId("files").children].findIndex((item) => item.contains(document.activeElement));
  byId("files").hidden = state.files.length < 2;
  byId("files").replaceChildren(...state.files.map((entry) => {
    const button = Object.assign(document.createElement("button"), { type: "button" });
    button.textContent = `${entry.file.name}: ${entry.error ?? (entry.answer ? "done" : "waiting …")}`;
    button.className = entry.error ? "error" : "";
    button.setAttribute("aria-current", entry === state.shown);
    button.addEventListener("click", () => show(entry));
    const item = document.createElement("li");
    item.append(button);
    return item;
  }));
  if (focused >= 0) byId("files").children[focused]?.firstChild.focus();
}

/* The picture below the classes. Photos are large, and browsers turn JPEG files as the server does. */
async function imageOf(file, answer) {
  const own = file.type === "image/jpeg" && (await createImageBitmap(file).catch(() => null));
  if (own && own.width === answer.width && own.height === answer.height) return file;
  return blobOf((await ask(file, ["image"])).pictures.image);
}

async function segment(entry) {
  const { file } = entry;
  const start = performance.now();
  try {
    const kinds = ["packed", "classes"];
    const answer = await ask(file, file.type === "image/jpeg" ? kinds : [...kinds, "image"]);
    entry.pictures = {};
    for (const [kind, text] of Object.entries(answer.pictures)) entry.pictures[kind] = blobOf(text);
    entry.pictures.image ??= await imageOf(file, answer);
    delete answer.pictures;
    entry.total = performance.now() - start;
    entry.answer = answer;
  } catch (error) {
    entry.error = error.message;
  }
}

async function segmentAll(files) {
  const mine = ++turn;
  state.files = [...files].map((file) => ({ file }));
  for (const entry of state.files) {
    if (mine !== turn) return;
    const first = entry === state.files[0];
    if (first) show(entry);
    await segment(entry);
    if (mine !== turn) return;
    if (entry === state.shown) await show(entry);
    listFiles();
  }
}

function save(blob, ending) {
  const link = document.createElement("a");
  link.download = `${state.shown.file.name.replace(/\.[^.]*$/, "")}-${ending}.png`;
  link.href = URL.createObjectURL(blob);
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60000);
}

/* Pictures are saved at the size of the image, whatever size the model saw. */
async function saveCanvas(layer, opacity, image, ending) {
  const { width, height } = state.shown.answer;
  const small = new OffscreenCanvas(layer.width, layer.height);
  small.getContext("2d").putImageData(layer, 0, 0);
  const canvas = new OffscreenCanvas(width, height);
  const context = canvas.getContext("2d");
  if (image) context.drawImage(await createImageBitmap(image), 0, 0, width, height);
  context.imageSmoothingEnabled = false;
  context.globalAlpha = opacity;
  context.drawImage(small, 0, 0, width, height);
  save(await canvas.convertToBlob({ type: "image/png" }), ending);
}

function saveOverlay() {
  const layer = painted(byId("heat").checked, true);
  return saveCanvas(layer, byId("opacity").value / 100, state.shown.pictures.image, "overlay");
}

const saveColors = () => saveCanvas(painted(false, false), 1, null, "colours");

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
    if (event.dataTransfer.files.length) segmentAll(event.dataTransfer.files);
  });
  drop.addEventListener("dragenter", () => drop.classList.add("over"));
  drop.addEventListener("dragleave", () => drop.classList.remove("over"));
  byId("file").addEventListener("change", (event) => {
    if (event.target.files.length) segmentAll(event.target.files);
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
  byId("save-overlay").addEventListener("click", saveOverlay);
  byId("save-color").addEventListener("click", saveColors);
  byId("save-classes").addEventListener("click", () => save(state.shown.pictures.classes, "classes"));
}

listen();
fetch("api/info").then((answer) => answer.json()).then((info) => {
  state.info = info;
  nameTitle(state.shown?.file.name);
  if (!state.packed) listClasses(info.classes);
}).catch(() => say("The server does not answer: is serve.py still running?", true));
