// Figures as files: the drawing in the page as SVG and PNG, in the colours of paper.

const SCALE = 3;

/** The drawing as it would be printed: every colour of the style sheet filled in. */
function standalone(svg, colours) {
  const copy = svg.cloneNode(true);
  const [, , width, height] = svg.getAttribute("viewBox").split(/\s+/).map(Number);
  copy.setAttribute("xmlns", "http://www.w3.org/2000/svg");
  copy.setAttribute("width", `${width}pt`);
  copy.setAttribute("height", `${height}pt`);
  copy.removeAttribute("style");
  const text = new XMLSerializer().serializeToString(copy).replace(/var\(--([\w-]+)\)/g, (_, name) => colours[name] ?? "#000");
  return { text, width, height };
}

function save(blob, name) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
}

async function png({ text, width, height }) {
  const image = new Image();
  image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(text)}`;
  await image.decode();
  const canvas = document.createElement("canvas");
  canvas.width = width * SCALE;
  canvas.height = height * SCALE;
  const context = canvas.getContext("2d");
  context.fillStyle = "#fff";
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.drawImage(image, 0, 0, canvas.width, canvas.height);
  return new Promise((resolve) => canvas.toBlob(resolve, "image/png"));
}

export function downloads(figure, colours) {
  for (const button of figure.querySelectorAll("button[data-save]")) {
    button.hidden = false;
    button.addEventListener("click", async () => {
      const drawing = standalone(figure.querySelector("svg"), colours);
      const kind = button.dataset.save;
      const blob = kind === "svg" ? new Blob([drawing.text], { type: "image/svg+xml" }) : await png(drawing);
      save(blob, `${figure.dataset.name}.${kind}`);
    });
  }
}
