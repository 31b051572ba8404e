const measure = { name: "people" };
function drawTime() {
  for (const name of ["people", "posts"]) byId(`by-${name}`).addEventListener("click", () => {
    measure.name = name;
    for (const other of ["people", "posts"]) byId(`by-${other}`).setAttribute("aria-pressed", String(other === name));
    charts();
  });
  dark.addEventListener("change", charts);
  byId("time-lead").textContent = data.weeks.length
    ? `Each week from ${day(data.weeks[0])} to ${day(data.weeks[data.weeks.length - 1])}, weeks beginning on Monday. Each chart has its own height; its top is the number beside it. The last week may not be over.`
    : "There is no week to show yet.";
  charts();
}
function charts() {
  const box = byId("charts");
  box.replaceChildren();
  data.topics.forEach((topic, place) => chart(box, topic, place));
}
function chart(box, topic, place) {
  const counts = topic[measure.name === "people" ? "weekly_people" : "weekly_posts"];
  const top = Math.max(1, ...counts), figure = put(box, "figure"), caption = put(figure, "figcaption");
  put(caption, "span", { class: "dot" }).style.background = colour(place);
  put(caption, "span", { class: "title", dir: "auto", title: topic.title }, topic.title);
  const say = measure.name === "people" ? people : posts;
  put(figure, "p", {}, `${say(counts[counts.length - 1] || 0)} last week, ${topic[measure.name].toLocaleString("en")} in all`);
  const described = counts.map((number, week) => `${day(data.weeks[week])}: ${number}`).join(", ");
  const svg = put(figure, "svg", { viewBox: "0 0 260 74", preserveAspectRatio: "none", role: "img", "aria-label": `${say(topic[measure.name])} by week: ${described}` });
  const step = 228 / Math.max(1, counts.length), base = 66;
  counts.forEach((number, week) => {
    const high = number ? Math.max(2, 56 * number / top) : 0;
    const bar = put(svg, "rect", { x: (week * step + 0.6).toFixed(2), y: (base - high).toFixed(2), width: Math.max(0.8, step - 1.2).toFixed(2), height: high.toFixed(2), rx: Math.min(2, step / 4) });
    bar.style.fill = colour(place);
    put(bar, "title", {}, `Week of ${day(data.weeks[week])}: ${say(number)}`);
  });
  put(svg, "line", { x1: 0, x2: 228, y1: base + 0.5, y2: base + 0.5 }).style.stroke = css("--line");
  put(svg, "text", { x: 234, y: 18 }, String(top));
  svg.setAttribute("preserveAspectRatio", "xMinYMid meet");
}

const LEFT = 20;
function drawLineage() {
  const box = byId("graph"), lives = data.lives;
  byId("lineage-lead").textContent = lives.length
    ? "Each line is a topic, from the night it was found. A number is never used again, so a line is the same topic all along."
    : "The ledger is empty: topics are made by insights run.";
  const paintGraph = () => { box.replaceChildren(); graph(box, lives); };
  dark.addEventListener("change", paintGraph);
  new ResizeObserver(paintGraph).observe(byId("lineage"));
}
function graph(box, lives) {
  if (!lives.length) return;
  const start = Math.min(...lives.map((life) => Date.parse(life.from))), end = Math.max(Date.parse(data.as_of), start + 864e5);
  const wide = Math.max(box.clientWidth - 2, 300);
  const narrow = wide < 640, step = narrow ? 44 : 30, high = step * lives.length + 54;  // narrow: names over lines
  const names = narrow ? wide - LEFT : Math.min(360, wide * 0.42), span = wide - LEFT - 26 - (narrow ? 0 : names);
  const x = (at) => LEFT + 8 + span * (Date.parse(at) - start) / (end - start);
  const y = (row) => 44 + step * row + step / 2 + (narrow ? 8 : 0);
  const svg = put(box, "svg", { width: wide, height: high, role: "img", "aria-label": `Lineage of ${lives.length} topics` });
  nights(svg, start, end, x, high);
  const row = new Map(lives.map((life, index) => [life.id, index]));
  const ink = (id) => places.has(id) ? colour(places.get(id)) : css("--pool");
  lives.forEach((life, index) => {
    const until = life.until || data.as_of, at = y(index);
    put(svg, "line", { class: "life", x1: x(life.from), x2: Math.max(x(until), x(life.from) + 2), y1: at, y2: at }).style.stroke = ink(life.id);
    const said = `${life.id}  ${life.title || (life.until ? "(ended)" : "(below the privacy floor)")}`;
    const name = put(svg, "text", { class: life.title ? "row" : "row gone", x: narrow ? LEFT : LEFT + span + 24, y: narrow ? at - 12 : at + 4 }, fitted(said, names - 10));
    put(name, "title", {}, said);
  });
  for (const edge of data.edges) turn(svg, edge, row, x, y, ink);
}
function fitted(text, width) {
  const most = Math.floor(width / 6.9);
  return text.length > most ? `${text.slice(0, most - 1)}…` : text;
}
function nights(svg, start, end, x, high) {
  const total = end - start, ticks = Math.max(2, Math.min(7, Math.round(total / 864e5)));
  for (let tick = 0; tick <= ticks; tick++) {
    const at = new Date(start + total * tick / ticks).toISOString();
    put(svg, "line", { class: "grid", x1: x(at), x2: x(at), y1: 34, y2: high - 8 });
    const label = new Date(at).toLocaleDateString("en-GB", { day: "numeric", month: "short", timeZone: "UTC" });
    if (ticks < 4 || tick % 2 === 0) put(svg, "text", { x: x(at), y: 24, "text-anchor": tick ? "middle" : "start" }, label);
  }
}
function turn(svg, edge, row, x, y, ink) {
  const from = row.get(edge.before), to = row.get(edge.after), at = x(edge.at);
  const tone = ink(edge.after || edge.before), said = `${day(edge.at)}: ${edge.after || ""} ${edge.event} ${edge.before || ""}`;
  let mark;
  if (from !== undefined && to !== undefined) {
    const bend = Math.min(40, 12 + Math.abs(to - from) * 2);
    mark = put(svg, "path", { class: "turn", d: `M${at - bend},${y(from)} C${at},${y(from)} ${at - bend},${y(to)} ${at},${y(to)}` });
    mark.style.stroke = tone;
    put(svg, "circle", { cx: at, cy: y(to), r: 3.5 }).style.fill = tone;
  } else if (to !== undefined) {
    mark = edge.event === "returned"
      ? put(svg, "path", { d: `M${at - 7},${y(to)} l7,-7 l7,7 l-7,7 Z` })
      : put(svg, "circle", { cx: at, cy: y(to), r: 5.5 });
    mark.style.fill = tone;
  } else if (from !== undefined) {
    mark = put(svg, "path", { class: "turn", d: `M${at - 5},${y(from) - 5} l10,10 M${at + 5},${y(from) - 5} l-10,10` });
    mark.style.stroke = css("--alert");
  }
  if (mark) put(mark, "title", {}, said);
}

show(tabs.find((tab) => `#=${tab.getAttribute("aria-controls")}` === location.hash) || tabs[0]);
