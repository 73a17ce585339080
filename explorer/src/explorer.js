// The explorer: one or two networks under one camera, what is known of their points, and how they came to be.
import { captioned, chart, genealogy, short, spectrum } from "./charts.js";
import { element } from "./dom.js";
import { colourOf, HOME, MARKS, PhaseSpace, sharedCamera } from "./scene.js";

/** A network's data: base 64 of deflated JSON. */
async function unpacked(packed) {
  const bytes = Uint8Array.from(atob(packed), (letter) => letter.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
  return new Response(stream).json();
}

/** The classes most of whose trials are read out as something else at a moment, and as what. */
function lostAt(network, moment) {
  if (!network.answer) return [];
  return network.classes.map((_, label) => label).flatMap((label) => {
    const said = network.paths.flatMap((path, k) => (path.label === label ? [network.answer[k][moment]] : []));
    const right = said.filter((answer) => answer === label).length;
    if (2 * right > said.length) return [];
    const others = said.filter((answer) => answer !== label);
    const most = others.sort((a, b) => others.filter((o) => o === b).length - others.filter((o) => o === a).length)[0];
    return [{ label, as: most >= 0 ? network.classes[most] : "null" }];
  });
}

/** Of a group's name, the words that a network's title does not say already. */
const beyond = (title, group) => group.split(", ").filter((word) => !title.split(", ").includes(word)).join(", ");

const nearest = (values, wanted) => values.reduce((best, value, k) => (Math.abs(value - wanted) < Math.abs(values[best] - wanted) ? k : best), 0);

function slider(label, values, value, changed) {
  const output = element("output", {}, short(values[value]));
  const input = element("input", { type: "range", min: 0, max: values.length - 1, step: 1, value, "aria-label": label, "aria-valuetext": short(values[value]) });
  input.addEventListener("input", () => {
    output.textContent = short(values[input.value]);
    input.setAttribute("aria-valuetext", output.textContent);
    changed(Number(input.value));
  });
  return { input, whole: element("label", { class: "slider" }, element("span", {}, label, " ", output), input) };
}

class Side {
  /** One network's column. */
  constructor(explorer, heading) {
    this.explorer = explorer;
    this.canvas = element("canvas", { tabindex: 0, role: "application" });
    this.labels = element("div", { class: "labels", "aria-hidden": "true" });
    this.stage = element("div", { class: "stage" }, this.canvas, this.labels);
    this.title = element("h3", {}, heading);
    this.said = element("p", { class: "said", "aria-live": "polite" });
    this.list = element("div", { class: "points", role: "group", "aria-label": "Points" });
    this.facts = element("div", { class: "facts-of-point" });
    this.charts = element("div", { class: "charts" });
    this.whole = element("div", { class: "side" }, this.title, this.stage, this.said, this.list, this.facts, this.charts);
    this.selected = null;
    try {
      this.space = new PhaseSpace({ canvas: this.canvas, labels: this.labels, shared: explorer.shared, turned: () => explorer.draw(), picked: (k) => this.select(k) });
    } catch {
      this.stage.replaceChildren(element("p", { class: "absent" }, "This browser does not draw in three dimensions (WebGL is off); the rest of this part works without it."));
    }
  }

  show(network) {
    this.network = network;
    this.selected = network.points.length ? 0 : null;
    this.title.hidden = !network.group; // it then stands alone, under the page's own title
    this.title.replaceChildren(network.title, " ", element("span", { class: "of" }, beyond(network.title, network.group)));
    this.canvas.setAttribute("aria-label", `Phase space of ${network.title}: ${network.points.length} points. Arrow keys turn it, + and − zoom; the buttons below choose points.`);
    this.space?.show(network);
    this.buttons = network.points.map((point, k) =>
      element("button", { type: "button", "aria-pressed": "false", title: `${point.title}: ${point.kind}`, click: () => this.select(k) },
        element("span", { style: `color: ${colourOf(point.label)}`, "aria-hidden": "true" }, MARKS[point.kind] ?? "+"), ` ${network.classes[point.label] ?? k}`,
        element("span", { class: "hidden" }, `, ${point.kind}`)));
    this.list.replaceChildren(...(this.buttons.length ? this.buttons : [element("p", { class: "absent" }, "No point was found in this network.")]));
    this.detail();
  }

  select(k) {
    this.selected = k;
    this.detail();
    this.update();
    this.explorer.draw();
  }

  detail() {
    this.buttons.forEach((button, k) => button.setAttribute("aria-pressed", String(k === this.selected)));
    const point = this.network.points[this.selected];
    if (!point) return this.facts.replaceChildren();
    const rows = Object.entries(point.facts).map(([name, value]) => element("div", {}, element("dt", {}, name), element("dd", {}, value)));
    const circle = point.spectrum.length ? spectrum(point.spectrum, colourOf(point.label)) : null;
    this.facts.replaceChildren(element("h4", {}, `${MARKS[point.kind] ?? "+"} ${point.title}`), element("div", { class: "known" }, element("dl", {}, ...rows), circle));
  }

  /** Everything that depends on the sliders, for the explorer's moment and step. */
  update() {
    const { network } = this, { time, training } = this.explorer;
    const moment = nearest(network.time, time), lost = lostAt(network, moment);
    const step = network.tracks ? nearest(network.tracks.steps, training ?? Infinity) : 0;
    const index = training === null && network.tracks ? network.tracks.steps.length - 1 : step;
    this.space?.at({ moment, step: index, selected: this.selected, lost, shown: this.explorer.shown });
    this.say(moment, lost, index);
    this.draw2d(index);
  }

  say(moment, lost, index) {
    const { network } = this, when = network.time[moment], { tracks } = network;
    if (tracks && index < tracks.steps.length - 1) {
      const shown = tracks.introduced.filter((step) => step >= 0 && step <= tracks.steps[index]).length;
      this.said.textContent = `After ${short(tracks.steps[index])} training steps, with ${shown} of ${network.classes.length} classes shown: points as they were followed back from the end. What is told of each below is of the end.`;
    } else if (!tracks && this.explorer.training !== null) {
      this.said.textContent = "The points of this network were not followed through training: this is its end.";
    } else if (network.answer) {
      const kept = network.classes.length - lost.length;
      const words = lost.map(({ label, as }) => `${network.classes[label]} (read out as ${as})`).join(", ");
      this.said.textContent = when < 1 ? `${when < 0 ? -when + " steps before the image" : "As the image comes"}.`
        : `${when} steps after the image ${kept} of ${network.classes.length} classes are still named by most trials shown.${words ? ` Boxed, because lost: ${words}.` : ""}`;
    } else this.said.textContent = `Trajectories after ${when} steps.`;
  }

  draw2d(index) {
    const { network } = this, made = [], chosen = network.points[this.selected]?.label ?? -1;
    const width = (k) => (k === chosen ? 3.2 : 1.5);
    if (network.retention) {
      const { delays, accuracy } = network.retention;
      made.push(captioned("Accuracy of each class against delay", chart({
        title: "Accuracy of each class against delay", x: { label: "delay (steps)", domain: [delays[0], Math.max(delays.at(-1), delays[0] + 1)], log: true, ticks: delays.filter((d) => [5, 20, 100, 500, 1000].includes(d)) },
        y: { label: "accuracy (%)", domain: [0, 100] }, shade: [delays[0], network.trained ?? delays[0]],
        lines: accuracy.map((row, k) => ({ points: row.map((value, j) => [delays[j], value]), colour: colourOf(k), width: width(k) })),
        marks: [{ at: Math.max(this.explorer.time, delays[0]), strong: true }],
      })));
    }
    if (network.tracks) {
      const { steps, speed, introduced, parents, curriculum } = network.tracks;
      const there = speed.flat().filter((value) => value > 0);
      const changes = Object.values(curriculum).flatMap((row) => row.flatMap((value, k) => (k && value !== row[k - 1] ? [steps[k - 1]] : [])));
      if (there.length) made.push(captioned("Root speed of each point through training; dotted: the curriculum changes", chart({
        title: "Root speed of each point through training", x: { label: "training step", domain: [steps[0], steps.at(-1)] },
        y: { label: "root speed (per step)", domain: [Math.max(Math.min(...there), 1e-8), Math.max(...there)], log: true },
        lines: speed.map((row, k) => ({ points: row.map((value, j) => [steps[j], value === null ? null : Math.max(value, 1e-8)]), colour: colourOf(k), width: width(k) })),
        marks: [...[...new Set(changes)].map((at) => ({ at })), { at: steps[index], strong: true }],
      })));
      if (introduced.some((step) => step > 0)) made.push(captioned("Where each class' point came from", genealogy({ classes: network.classes, steps, introduced, parents, colours: colourOf, now: steps[index] })));
    }
    this.charts.replaceChildren(...made);
  }
}

/** What colours and marks mean, as far as they are seen in these networks. */
function legends(networks) {
  const points = networks.flatMap((network) => network.points);
  const [{ classes, colours }] = networks, ofPoints = new Set(points.map((point) => point.label));
  const named = classes.length ? classes : colours.map((name, label) => (ofPoints.has(label) ? name : null));
  const swatches = named.flatMap((name, label) => (name === null ? [] : [element("span", {}, element("span", { style: `color: ${colourOf(label)}`, "aria-hidden": "true" }, "■ "), name)]));
  const marks = Object.entries(MARKS).filter(([kind]) => points.some((point) => point.kind === kind)).map(([kind, mark]) => element("span", {}, `${mark} ${kind}`));
  if (points.some((point) => point.hollow)) marks.push(element("span", {}, "outline: read out as another class"));
  if (points.some((point) => point.modes.length)) marks.push(element("span", {}, "bars through a point: directions that grow"));
  return [[classes.length ? "Classes:" : "Colours:", swatches], ["Points:", marks]].filter(([, items]) => items.length).map(([title, items]) => element("p", { class: "legend" }, element("span", {}, title), ...items));
}

export class Explorer {
  constructor(container) {
    this.container = container;
    this.listed = JSON.parse(container.querySelector("script[type='application/json']").textContent);
    this.shared = sharedCamera();
    this.shown = { trajectories: true, modes: true };
    this.time = 1;
    this.training = null;
    this.sides = [];
    this.build();
  }

  /** A menu of networks, by group. */
  menu(label, chosen, none) {
    const select = element("select", { "aria-label": label, change: () => this.choose() });
    if (none) select.append(element("option", { value: "" }, none));
    for (const group of new Set(this.listed.map((one) => one.group))) {
      const options = this.listed.flatMap((one, k) => (one.group === group ? [element("option", { value: k, selected: k === chosen }, one.title)] : []));
      select.append(group ? element("optgroup", { label: group }, ...options) : element("span"));
      if (!group) select.lastChild.replaceWith(...options);
    }
    return { select, whole: element("label", { class: "menu" }, element("span", {}, label), select) };
  }

  build() {
    const other = this.listed.findIndex((one, k) => k > 0 && one.group === this.listed[0].group && one.title.includes("VoCu"));
    this.menus = [this.menu("Network", 0), this.menu("Beside it", other, "none")];
    this.sliders = element("div", { class: "sliders" });
    const tick = (name, label) => element("label", { class: "tick" }, element("input", { type: "checkbox", checked: true, change: (event) => { this.shown[name] = event.target.checked; this.update(); } }), ` ${label}`);
    const home = element("button", { type: "button", click: () => { this.shared.camera.position.set(...HOME); this.shared.camera.lookAt(this.shared.target); this.draw(); } }, "Reset view");
    const menus = this.listed.length > 1 ? this.menus.map(({ whole }) => whole) : [];
    this.row = element("div", { class: "sides" });
    this.legend = element("div", { class: "legends" });
    this.container.append(element("div", { class: "controls" }, ...menus, element("div", { class: "ticks" }, tick("trajectories", "trajectories"), tick("modes", "directions that grow"), home), this.sliders), this.legend, this.row);
    new ResizeObserver(() => this.draw()).observe(this.row);
    this.choose();
  }

  async choose() {
    const wanted = this.menus.map(({ select }) => select.value).filter((value, k) => value !== "" && (k === 0 || this.listed.length > 1));
    const networks = await Promise.all(wanted.map((value) => unpacked(this.listed[value].packed)));
    while (this.sides.length < networks.length) this.sides.push(new Side(this, ""));
    this.row.replaceChildren(...this.sides.slice(0, networks.length).map(({ whole }) => whole));
    this.active = this.sides.slice(0, networks.length);
    this.active.forEach((side, k) => side.show(networks[k]));
    const [{ time, trained }] = networks, tracks = networks.find((network) => network.tracks)?.tracks;
    this.time = time[nearest(time, Math.min(trained ?? time.at(-1), time.at(-1)))];
    this.training = null;
    const delay = slider(trained === null ? "Step" : "Steps since the image", time, nearest(time, this.time), (k) => { this.time = time[k]; this.update(); });
    const step = tracks && slider("Training step", tracks.steps, tracks.steps.length - 1, (k) => { this.training = k === tracks.steps.length - 1 ? null : tracks.steps[k]; this.update(); });
    this.sliders.replaceChildren(...[delay, step].filter(Boolean).map(({ whole }) => whole));
    this.legend.replaceChildren(...legends(networks));
    this.update();
    this.container.dataset.ready = "true";
  }

  update() {
    this.active.forEach((side) => side.update());
    this.draw();
  }

  /** Draws once before the next frame, however often it is asked. */
  draw() {
    if (this.waiting || !this.active) return;
    this.waiting = true;
    requestAnimationFrame(() => {
      this.waiting = false;
      this.active.forEach((side) => side.space?.render());
    });
  }
}
