// Small line charts and spectra as SVG.
import { drawn, element } from "./dom.js";

const WIDTH = 420, HEIGHT = 250, LEFT = 52, RIGHT = 22, TOP = 12, BOTTOM = 42;

function scale({ domain: [low, high], log = false }, from, to) {
  const at = log ? Math.log10 : (value) => value;
  const [a, b] = [at(low), at(high)];
  return (value) => from + ((at(value) - a) / (b - a || 1)) * (to - from);
}

function ticks({ domain: [low, high], log = false, ticks: given }) {
  if (given) return given;
  if (log) {
    const [first, last] = [Math.ceil(Math.log10(low) - 1e-9), Math.floor(Math.log10(high) + 1e-9)];
    const every = Math.max(1, Math.ceil((last - first) / 6));
    return Array.from({ length: Math.max(0, Math.floor((last - first) / every) + 1) }, (_, k) => 10 ** (first + k * every));
  }
  const rough = (high - low) / 4 || 1, power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((k) => k * power).find((k) => k >= rough);
  const found = [];
  for (let value = Math.ceil(low / step - 1e-9) * step; value <= high + 1e-9 * step; value += step) found.push(value);
  return found;
}

/** A number on an axis: powers of ten as such, thousands with a thin space. */
export function short(value) {
  if (value !== 0 && (Math.abs(value) < 0.05 || Math.abs(value) >= 1e6)) {
    const power = Math.floor(Math.log10(Math.abs(value)) + 1e-9), front = value / 10 ** power;
    const raised = [...String(power)].map((c) => (c === "-" ? "⁻" : "⁰¹²³⁴⁵⁶⁷⁸⁹"[c])).join("");
    return Math.abs(front - 1) < 1e-6 ? `10${raised}` : `${front.toFixed(1)}·10${raised}`;
  }
  return String(Number(value.toPrecision(4))).replace("-", "−").replace(/\B(?=(\d{3})+(?!\d))/g, value >= 10000 ? "\u202f" : "");
}

/**
 * Lines over two axes.
 * x, y: {label, domain, log, ticks}; lines: {points: [[x, y]…], colour, width, dash}; marks: vertical lines {at, label, strong}.
 */
export function chart({ title, x, y, lines, marks = [], shade = null }) {
  const across = scale(x, LEFT, WIDTH - RIGHT), up = scale(y, HEIGHT - BOTTOM, TOP);
  const inside = (value, { domain: [low, high] }) => value >= low && value <= high;
  const svg = drawn("svg", { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: "img", "aria-label": title, class: "chart" });
  if (shade) {
    const [from, to] = shade.map((value) => across(Math.min(Math.max(value, x.domain[0]), x.domain[1])));
    svg.append(drawn("rect", { x: from, y: TOP, width: to - from, height: HEIGHT - TOP - BOTTOM, fill: "var(--shade)" }));
  }
  for (const value of ticks(x)) {
    svg.append(drawn("line", { x1: across(value), x2: across(value), y1: HEIGHT - BOTTOM, y2: HEIGHT - BOTTOM + 4, stroke: "var(--ink)" }));
    svg.append(drawn("text", { x: across(value), y: HEIGHT - BOTTOM + 16, "text-anchor": "middle" }, short(value)));
  }
  for (const value of ticks(y)) {
    svg.append(drawn("line", { x1: LEFT, x2: WIDTH - RIGHT, y1: up(value), y2: up(value), stroke: "var(--rule)" }));
    svg.append(drawn("text", { x: LEFT - 6, y: up(value) + 4, "text-anchor": "end" }, short(value)));
  }
  for (const { at, strong = false } of marks.filter((mark) => inside(mark.at, x))) {
    const style = strong ? { stroke: "var(--ink)" } : { stroke: "var(--muted)", "stroke-dasharray": "2 3" };
    svg.append(drawn("line", { x1: across(at), x2: across(at), y1: TOP, y2: HEIGHT - BOTTOM, ...style }));
  }
  for (const { points, colour, width = 1.6, dash = null, faint = false } of lines) {
    const path = points.map(([a, b], k) => {
      if (b === null || (y.log && b <= 0)) return "";
      const value = Math.min(Math.max(b, y.domain[0]), y.domain[1]);
      const begins = k === 0 || points[k - 1][1] === null;
      return `${begins ? "M" : "L"}${across(a).toFixed(1)} ${up(value).toFixed(1)}`;
    });
    svg.append(drawn("path", { d: path.join(""), fill: "none", stroke: colour, "stroke-width": width, "stroke-dasharray": dash, opacity: faint ? 0.3 : 1 }));
  }
  svg.append(drawn("line", { x1: LEFT, x2: WIDTH - RIGHT, y1: HEIGHT - BOTTOM, y2: HEIGHT - BOTTOM, stroke: "var(--ink)" }));
  svg.append(drawn("line", { x1: LEFT, x2: LEFT, y1: TOP, y2: HEIGHT - BOTTOM, stroke: "var(--ink)" }));
  svg.append(drawn("text", { x: (LEFT + WIDTH - RIGHT) / 2, y: HEIGHT - 6, "text-anchor": "middle" }, x.label));
  svg.append(drawn("text", { transform: `translate(12 ${(TOP + HEIGHT - BOTTOM) / 2}) rotate(-90)`, "text-anchor": "middle" }, y.label));
  return svg;
}

/** Eigenvalues beside the unit circle. */
export function spectrum(values, colour) {
  const size = 230, reach = Math.max(1.08, ...values.map(([re, im]) => 1.04 * Math.hypot(re, im)));
  const at = (value) => size / 2 + (value / reach) * (size / 2 - 8);
  const svg = drawn("svg", { viewBox: `0 0 ${size} ${size}`, role: "img", class: "spectrum", "aria-label": `${values.length} eigenvalues, largest modulus ${Math.hypot(...values[0]).toFixed(5)}, with the unit circle` });
  const axis = { stroke: "var(--rule)" };
  svg.append(drawn("line", { x1: 0, x2: size, y1: size / 2, y2: size / 2, ...axis }), drawn("line", { y1: 0, y2: size, x1: size / 2, x2: size / 2, ...axis }));
  svg.append(drawn("circle", { cx: at(0), cy: at(0), r: at(1) - at(0), fill: "none", stroke: "var(--ink)" }));
  for (const [re, im] of values) {
    const grows = Math.hypot(re, im) > 1;
    svg.append(drawn("circle", { cx: at(re), cy: at(-im), r: 3.2, fill: grows ? colour : "none", stroke: colour, "stroke-width": 1.4 }));
  }
  return svg;
}

/** Which class' point came from which: a row a class, from its introduction to the end of training. */
export function genealogy({ classes, steps, introduced, parents, colours, now }) {
  const row = 20, left = Math.min(20 + 7 * Math.max(...classes.map((name) => name.length)), WIDTH / 3), top = 8, height = top + row * classes.length + 38, right = WIDTH - RIGHT;
  const across = scale({ domain: [0, steps.at(-1)] }, left, right);
  // Children below their parents.
  const order = [];
  const visit = (k) => {
    order.push(k);
    introduced.map((step, j) => [step, j]).filter(([, j]) => parents[j] === k && j !== k).sort((a, b) => a[0] - b[0]).forEach(([, j]) => visit(j));
  };
  classes.map((_, k) => k).filter((k) => parents[k] < 0 || parents[k] === k).forEach(visit);
  const y = (k) => top + row * (order.indexOf(k) + 0.5);
  const svg = drawn("svg", { viewBox: `0 0 ${WIDTH} ${height}`, role: "img", class: "chart", "aria-label": "Which class' point came from which, through training" });
  for (const k of order) {
    const begins = across(Math.max(introduced[k], 0));
    if (parents[k] >= 0) svg.append(drawn("line", { x1: begins, x2: begins, y1: y(parents[k]), y2: y(k), stroke: colours(k), "stroke-width": 1.4 }));
    if (introduced[k] >= 0) svg.append(drawn("line", { x1: begins, x2: right, y1: y(k), y2: y(k), stroke: colours(k), "stroke-width": 3 }));
    svg.append(drawn("text", { x: left - 8, y: y(k) + 4, "text-anchor": "end" }, classes[k]));
  }
  svg.append(drawn("line", { x1: across(now), x2: across(now), y1: top, y2: height - 36, stroke: "var(--ink)" }));
  const axis = { domain: [0, steps.at(-1)] };
  for (const value of ticks(axis)) svg.append(drawn("text", { x: across(value), y: height - 20, "text-anchor": "middle" }, short(value)));
  svg.append(drawn("text", { x: (left + right) / 2, y: height - 4, "text-anchor": "middle" }, "training step; a branch begins where its class was introduced"));
  return svg;
}

/** A chart with its caption. */
export function captioned(caption, svg) {
  return element("figure", { class: "small" }, element("figcaption", {}, caption), svg);
}
