// Tables that sort by any column and filter by a word.
import { element } from "./dom.js";

const LONG = 8; // rows from which a table has a filter

/** A cell as a number, where its text begins with one: "−1.2e-5 ± 0.3" is −1.2e-5. */
function number(text) {
  const found = text.replaceAll("−", "-").replaceAll(" ", "").match(/^[<>]?-?\d+(\.\d+)?(e[+-]?\d+)?/i);
  return found ? Number(found[0].replace(/^[<>]/, "")) : null;
}

/** Which way the first of two cells stands; what is no number comes last. */
function compared(first, second) {
  const [a, b] = [number(first), number(second)];
  if (a !== null && b !== null) return a - b;
  if (a !== null || b !== null) return a !== null ? -1 : 1;
  return first.localeCompare(second);
}

/** The bodies' rows in groups: a row with those that belong to it (class "more"). */
function groups(body) {
  const found = [];
  for (const row of body.rows) {
    if (row.classList.contains("more") && found.length) found.at(-1).push(row);
    else found.push([row]);
  }
  return found;
}

/** A cell's text; of a row's name that is empty because the one above holds for it too, that one's. */
function text(cell, above) {
  return cell.textContent.trim() || (cell.tagName === "TH" ? above : "") || "";
}

export function sortable(table) {
  const body = table.tBodies[0];
  const rows = groups(body);
  if (rows.length < 2) return;
  const values = new Map();
  let above = [];
  for (const group of rows) {
    const cells = [...group[0].cells].map((cell, column) => text(cell, above[column]));
    values.set(group, cells);
    above = cells;
  }
  const heads = [...table.tHead.rows[0].cells];
  for (const [column, head] of heads.entries()) {
    if (!head.textContent.trim()) continue;
    const button = element("button", { type: "button", class: "sort" }, ...head.childNodes);
    head.append(button);
    button.addEventListener("click", () => {
      const down = head.getAttribute("aria-sort") === "ascending";
      // A row that moves says itself what the one above it said for both.
      for (const [[row], cells] of values) {
        for (const cell of row.querySelectorAll("th:empty")) cell.textContent = cells[cell.cellIndex];
      }
      for (const other of heads) other.removeAttribute("aria-sort");
      head.setAttribute("aria-sort", down ? "descending" : "ascending");
      const order = [...rows].sort((a, b) => compared(values.get(a)[column], values.get(b)[column]) * (down ? -1 : 1));
      body.append(...order.flat());
    });
  }
  if (rows.length >= LONG) filtered(table, rows);
}

function filtered(table, rows) {
  const said = element("span", { class: "count", "aria-live": "polite" });
  const input = element("input", { type: "search", placeholder: "Filter rows", "aria-label": "Filter the rows of this table" });
  input.addEventListener("input", () => {
    const words = input.value.toLowerCase().split(/\s+/).filter(Boolean);
    let shown = 0;
    for (const group of rows) {
      const here = group.map((row) => row.textContent).join(" ").toLowerCase();
      const kept = words.every((word) => here.includes(word));
      for (const row of group) row.hidden = !kept;
      shown += kept ? 1 : 0;
    }
    said.textContent = words.length ? `${shown} of ${rows.length}` : "";
  });
  table.closest(".scroll").before(element("div", { class: "filter" }, input, said));
}
