const canvas = byId("canvas"), pen = canvas.getContext("2d"), tip = byId("tip");
const count = data.x.length;
const view = { scale: 1, x: 0, y: 0, width: 0, height: 0 };
const state = { topic: -1, word: "", found: null, hover: -1 };
const lower = new Array(count);
const members = data.topics.map(() => []), pool = [];
let grid = null, waiting = false;

for (let i = 0; i < count; i++) (data.topic[i] < 0 ? pool : members[data.topic[i]]).push(i);

function startMap() {
  buildGrid();
  listTopics();
  new ResizeObserver(resize).observe(canvas.parentElement);
  resize();
  dark.addEventListener("change", () => { listTopics(); paint(); });
  listen();
  report();
}

// Places are whole numbers 0..65535; a grid of cells makes "what is under the pointer" cheap.
const CELLS = 96, SIDE = 65536 / CELLS;
function buildGrid() {
  grid = Array.from({ length: CELLS * CELLS }, () => []);
  for (let i = 0; i < count; i++) grid[cell(data.x[i]) + CELLS * cell(data.y[i])].push(i);
}
const cell = (at) => Math.min(CELLS - 1, Math.max(0, Math.floor(at / SIDE)));

function resize() {
  const box = canvas.parentElement.getBoundingClientRect(), ratio = devicePixelRatio || 1;
  if (!box.width || !box.height || (box.width === view.width && box.height === view.height)) return;
  const first = !view.width;
  view.width = box.width; view.height = box.height;
  canvas.width = Math.round(box.width * ratio); canvas.height = Math.round(box.height * ratio);
  pen.setTransform(ratio, 0, 0, ratio, 0, 0);
  if (first || view.whole) whole();
  draw();  // at once: to set the size of a canvas is to wipe it
}
function whole() {
  const edge = Math.min(46, view.width * 0.07);
  view.sx = (view.width - 2 * edge) / 65536; view.sy = (view.height - 2 * edge) / 65536;
  view.sx = Math.min(view.sx, view.sy * 1.7); view.sy = Math.min(view.sy, view.sx * 1.7);
  view.scale = 1;
  view.x = (view.width - 65536 * view.sx) / 2; view.y = (view.height - 65536 * view.sy) / 2;
  view.whole = true;
  paint();
}
const px = (i) => data.x[i] * view.sx * view.scale + view.x;
const py = (i) => data.y[i] * view.sy * view.scale + view.y;
function zoom(factor, x, y) {
  const scale = Math.min(80, Math.max(0.6, view.scale * factor)), real = scale / view.scale;
  view.x = x - (x - view.x) * real; view.y = y - (y - view.y) * real;
  view.scale = scale; view.whole = false;
  paint();
}
function pan(x, y) { view.x += x; view.y += y; view.whole = false; paint(); }
function paint() {
  if (waiting || !view.width) return;
  waiting = true;
  requestAnimationFrame(() => { waiting = false; draw(); });
}

const lit = (i) => (state.topic < 0 || data.topic[i] === state.topic) && (!state.found || state.found.has(i));
function draw() {
  pen.clearRect(0, 0, view.width, view.height);
  const narrowed = state.topic >= 0 || state.found;
  const size = Math.min(9, (count > 8000 ? 2.4 : count > 2500 ? 3.2 : 4.6) * Math.pow(view.scale, 0.42));
  points(pool.filter(lit), css("--pool"), size * 0.75, 0.8);
  data.topics.forEach((_, place) => {
    if (narrowed) points(members[place].filter((i) => !lit(i)), colour(place), size * 0.7, 0.09);
  });
  data.topics.forEach((_, place) => points(members[place].filter(lit), colour(place), size, count > 8000 ? 0.7 : 0.8));
  titles();
  if (state.hover >= 0) ring(state.hover, size);
}
// One path a colour, and nothing that is out of sight: 20,000 points stay smooth.
function points(rows, fill, size, alpha) {
  if (!rows.length) return;
  pen.globalAlpha = alpha; pen.fillStyle = fill; pen.beginPath();
  const half = size / 2, round = size > 3.4;
  for (const i of rows) {
    const x = px(i), y = py(i);
    if (x < -size || y < -size || x > view.width + size || y > view.height + size) continue;
    if (round) { pen.moveTo(x + half, y); pen.arc(x, y, half, 0, 6.2832); } else pen.rect(x - half, y - half, size, size);
  }
  pen.fill(); pen.globalAlpha = 1;
}
function ring(i, size) {
  pen.strokeStyle = css("--ink"); pen.lineWidth = 2; pen.beginPath();
  pen.arc(px(i), py(i), size / 2 + 4, 0, 6.2832); pen.stroke();
}
// Titles by people, each where most of its topic is, as long as it covers no other.
function titles() {
  const taken = [], most = Math.round(8 + 10 * Math.log2(1 + view.scale));
  pen.textAlign = "center"; pen.textBaseline = "middle"; pen.lineJoin = "round";
  const small = view.width < 520, order = data.topics.map((_, place) => place);
  if (state.topic >= 0) order.splice(0, order.length, state.topic);
  for (const place of order) {
    if (taken.length >= most) break;
    const topic = data.topics[place];
    if (!members[place].length) continue;
    const lines = wrapped(topic.title, small ? 18 : 24);
    pen.font = `600 ${small ? 11 : 13}px system-ui, sans-serif`;
    const wide = Math.max(...lines.map((line) => pen.measureText(line).width)), high = 16 * lines.length;
    const x = topic.x * view.sx * view.scale + view.x, y = topic.y * view.sy * view.scale + view.y;
    const box = [x - wide / 2 - 5, y - high / 2 - 3, x + wide / 2 + 5, y + high / 2 + 3];
    if (box[0] < 2 || box[1] < 2 || box[2] > view.width - 2 || box[3] > view.height - 2) continue;
    if (taken.some((t) => box[0] < t[2] && box[2] > t[0] && box[1] < t[3] && box[3] > t[1])) continue;
    taken.push(box);
    lines.forEach((line, row) => {
      const at = y + 16 * (row - (lines.length - 1) / 2);
      pen.strokeStyle = css("--halo"); pen.lineWidth = 4; pen.strokeText(line, x, at);
      pen.fillStyle = css("--ink"); pen.fillText(line, x, at);
    });
  }
}
function wrapped(text, width) {
  const lines = [""];
  for (const word of text.split(/\s+/)) {
    const last = lines[lines.length - 1];
    if (last && (last + " " + word).length > width) lines.push(word.slice(0, 2 * width));
    else lines[lines.length - 1] = last ? `${last} ${word}` : word.slice(0, 2 * width);
  }
  return lines.length > 2 ? [lines[0], `${lines[1]}…`] : lines;
}

function under(x, y) {
  const reach = 14, kx = view.sx * view.scale, ky = view.sy * view.scale;
  let best = -1, least = reach * reach;
  const [x0, x1] = [cell((x - reach - view.x) / kx), cell((x + reach - view.x) / kx)];
  const [y0, y1] = [cell((y - reach - view.y) / ky), cell((y + reach - view.y) / ky)];
  for (let cy = y0; cy <= y1; cy++) for (let cx = x0; cx <= x1; cx++) for (const i of grid[cx + CELLS * cy]) {
    const far = (px(i) - x) ** 2 + (py(i) - y) ** 2;
    if (far < least && lit(i)) { least = far; best = i; }
  }
  return best;
}
function hover(i, x, y) {
  canvas.classList.toggle("over", i >= 0 && data.topic[i] >= 0);
  if (i !== state.hover) { state.hover = i; paint(); }
  tip.hidden = i < 0;
  if (i < 0) return;
  tip.replaceChildren();
  const topic = data.topics[data.topic[i]];
  put(tip, "b", { dir: "auto" }, topic ? topic.title : "In no topic that can be shown");
  if (topic) put(tip, "i", {}, `${posts(topic.posts)} by ${people(topic.people)}`);
  if (data.texts[i]) put(tip, "q", { dir: "auto" }, data.texts[i]);
  const wide = tip.offsetWidth, high = tip.offsetHeight;
  tip.style.left = `${Math.max(6, Math.min(x + 16, view.width - wide - 6))}px`;
  tip.style.top = `${Math.max(6, y + 18 + high > view.height ? y - high - 14 : y + 18)}px`;
}

function choose(place) {
  state.topic = place === state.topic ? -1 : place;
  for (const button of byId("legend").querySelectorAll("button"))
    button.setAttribute("aria-pressed", String(Number(button.dataset.place) === state.topic));
  describe();
  report();
  hover(-1);
  paint();
}
function describe() {
  const box = byId("chosen"), topic = data.topics[state.topic];
  box.hidden = !topic;
  if (!topic) return;
  box.replaceChildren();
  put(box, "h2", { dir: "auto" }, topic.title);
  put(box, "p", { class: "muted" }, `${topic.id}: ${posts(topic.posts)} by ${people(topic.people)}, since ${day(topic.born_at)}`);
  if (topic.summary) put(box, "p", { dir: "auto" }, topic.summary);
  if (topic.worded) put(box, "p", { class: "muted" }, `Worded by ${topic.worded} from these posts, and checked against them.`);
  if (topic.keywords.length) put(box, "p", { dir: "auto" }, topic.keywords.join(" · "));
  for (const i of topic.central) put(box, "q", { dir: "auto" }, data.texts[i]);
  const back = put(put(box, "p"), "button", {}, "Show all topics");
  back.addEventListener("click", () => choose(state.topic));
}
function find(word) {
  state.word = word.trim().toLowerCase();
  state.found = null;
  if (state.word) {
    state.found = new Set();
    for (let i = 0; i < count; i++) {
      const topic = data.topics[data.topic[i]];
      lower[i] ??= `${data.texts[i]} ${topic ? topic.title : ""}`.toLowerCase();
      if (lower[i].includes(state.word)) state.found.add(i);
    }
  }
  for (const button of byId("legend").querySelectorAll("button")) {
    const hits = state.found ? members[button.dataset.place].filter((i) => state.found.has(i)).length : -1;
    button.parentElement.hidden = hits === 0;
  }
  report();
  paint();
}
function report() {
  const topic = data.topics[state.topic];
  byId("said").textContent = state.found
    ? `${plural(state.found.size, "passage says", "passages say")} “${state.word}”`
    : topic ? `Only ${topic.id} is shown` : data.hidden
      ? `${plural(data.hidden, "topic is", "topics are")} below the privacy floor of ${people(data.floor)}`
      : "Click a topic to see it alone";
}
function listTopics() {
  const list = byId("legend");
  list.replaceChildren();
  data.topics.forEach((topic, place) => {
    const button = put(put(list, "li"), "button", { "data-place": place, "aria-pressed": String(place === state.topic) });
    put(button, "span", { class: "dot" }).style.background = colour(place);
    put(button, "span", { class: "title", dir: "auto" }, topic.title);
    put(button, "span", { class: "count", "aria-label": people(topic.people), title: people(topic.people) }, topic.people.toLocaleString("en"));
    button.addEventListener("click", () => choose(place));
  });
  if (!data.topics.length) put(list, "li", { class: "empty" }, "There is no topic that can be shown yet.");
}

function listen() {
  const fingers = new Map();
  let moved = 0;
  const at = (event) => { const box = canvas.getBoundingClientRect(); return [event.clientX - box.left, event.clientY - box.top]; };
  canvas.addEventListener("pointerdown", (event) => { canvas.setPointerCapture(event.pointerId); fingers.set(event.pointerId, at(event)); if (fingers.size === 1) moved = 0; });
  canvas.addEventListener("pointermove", (event) => {
    const [x, y] = at(event), last = fingers.get(event.pointerId);
    if (!last) return hover(under(x, y), x, y);
    if (fingers.size === 2) {
      const [, other] = [...fingers].find(([id]) => id !== event.pointerId);
      const gap = ([a, b]) => Math.max(20, Math.hypot(a - other[0], b - other[1]));
      zoom(gap([x, y]) / gap(last), (x + other[0]) / 2, (y + other[1]) / 2);
      moved = 99;
    } else { moved += Math.hypot(x - last[0], y - last[1]); if (moved > 4) { pan(x - last[0], y - last[1]); hover(-1); } }
    fingers.set(event.pointerId, [x, y]);
  });
  const up = (event) => {
    const [x, y] = at(event), was = fingers.delete(event.pointerId);
    if (!was || moved > 4 || event.type !== "pointerup") return;
    const i = under(x, y);
    if (i < 0) { if (state.topic >= 0) choose(state.topic); return; }
    if (data.topic[i] >= 0 && data.topic[i] !== state.topic) choose(data.topic[i]);
    hover(i, x, y);
  };
  for (const name of ["pointerup", "pointercancel"]) canvas.addEventListener(name, up);
  canvas.addEventListener("pointerleave", () => hover(-1));
  canvas.addEventListener("wheel", (event) => { event.preventDefault(); zoom(Math.exp(-event.deltaY * 0.0016), ...at(event)); hover(-1); }, { passive: false });
  canvas.addEventListener("keydown", (event) => {
    const step = { ArrowLeft: [60, 0], ArrowRight: [-60, 0], ArrowUp: [0, 60], ArrowDown: [0, -60] }[event.key];
    if (step) pan(...step);
    else if (event.key === "+" || event.key === "=") closer(1.4);
    else if (event.key === "-") closer(1 / 1.4);
    else if (event.key === "0") whole();
    else return;
    event.preventDefault();
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && state.topic >= 0) choose(state.topic);
    if (event.key === "/" && event.target !== byId("word") && !byId("map").hidden) { event.preventDefault(); byId("word").focus(); }
  });
  const closer = (factor) => zoom(factor, view.width / 2, view.height / 2);
  byId("closer").addEventListener("click", () => closer(1.5));
  byId("farther").addEventListener("click", () => closer(1 / 1.5));
  byId("whole").addEventListener("click", whole);
  let later = 0;
  byId("word").addEventListener("input", (event) => { clearTimeout(later); later = setTimeout(() => find(event.target.value), 120); });
}
