// One network's phase space in a canvas: trajectories, points, directions that grow, classes that are lost.
import {
  BoxGeometry, BufferAttribute, BufferGeometry, Color, ConeGeometry, EdgesGeometry, Group, Line, LineBasicMaterial,
  LineSegments, Mesh, MeshBasicMaterial, OctahedronGeometry, PerspectiveCamera, Points, PointsMaterial, Scene,
  SphereGeometry, Spherical, Vector3, WebGLRenderer,
} from "three";
import { OrbitControls } from "three/examples/jsm/controls/OrbitControls.js";

export const COLOURS = ["#3f7fc1", "#e07b1a", "#2f9e62", "#d1495b", "#8a63c7", "#8c6d4f", "#d46fb0", "#7d8590", "#a3951f", "#2aa6b4"];
export const MARKS = { "fixed point": "●", "slow point": "◆", edge: "▲", degenerate: "×", unfinished: "+" };
export const colourOf = (label) => (label < 0 ? "#7d8590" : COLOURS[label % COLOURS.length]);

export const HOME = [3.0, 1.9, 3.95];
const STEPS = 1000, SIZE = 0.045, MODE = 0.32, NEAR = 22;

/** The camera that all views share, and what it looks at. */
export function sharedCamera() {
  const camera = new PerspectiveCamera(38, 4 / 3, 0.05, 50);
  const target = new Vector3();
  camera.position.set(...HOME);
  camera.lookAt(target);
  return { camera, target };
}

function cross(upright) {
  const [a, b] = upright ? [[1, 0], [0, 1]] : [[0.7, 0.7], [0.7, -0.7]];
  const ends = [a, b].flatMap(([x, y]) => [x, y, 0, -x, -y, 0]);
  return new BufferGeometry().setAttribute("position", new BufferAttribute(new Float32Array([...ends, 0, 0, 1, 0, 0, -1]), 3));
}

const SHAPES = {
  "fixed point": () => new SphereGeometry(0.9, 20, 14),
  "slow point": () => new OctahedronGeometry(1.2),
  edge: () => new ConeGeometry(1.1, 1.8, 4),
  degenerate: () => cross(false),
  unfinished: () => cross(true),
};

function marker(kind, colour, hollow) {
  const shape = (SHAPES[kind] ?? SHAPES.unfinished)();
  if (shape.index === null && !(kind in { "fixed point": 1, "slow point": 1, edge: 1 })) {
    return new LineSegments(shape, new LineBasicMaterial({ color: colour }));
  }
  if (hollow) return new LineSegments(new EdgesGeometry(shape, 20), new LineBasicMaterial({ color: colour }));
  const solid = new Mesh(shape, new MeshBasicMaterial({ color: colour, transparent: true, opacity: 0.92 }));
  solid.add(new LineSegments(new EdgesGeometry(shape, 20), new LineBasicMaterial({ color: new Color(colour).multiplyScalar(0.6) })));
  return solid;
}

/** All trials as one object, moment after moment, so that the first of them are those up to a moment. */
function trajectories({ paths, time }) {
  const ends = [], colours = [], colour = new Color();
  for (let k = 0; k + 1 < time.length; k += 1) {
    for (const { label, at } of paths) {
      ends.push(...at[k], ...at[k + 1]);
      colour.set(colourOf(label));
      colours.push(...colour.toArray(), ...colour.toArray());
    }
  }
  const shape = new BufferGeometry().setAttribute("position", new BufferAttribute(new Float32Array(ends.map((q) => q / STEPS)), 3));
  shape.setAttribute("color", new BufferAttribute(new Float32Array(colours), 3));
  return new LineSegments(shape, new LineBasicMaterial({ vertexColors: true, transparent: true, opacity: 0.6 }));
}

const EDGES = { x: new Vector3(0, -1.1, 1.1), y: new Vector3(-1.1, 0, 1.1), z: new Vector3(1.1, -1.1, 0) };

const vector = (at) => new Vector3(at[0] / STEPS, at[1] / STEPS, at[2] / STEPS);

export class PhaseSpace {
  /** canvas, labels: the elements; shared: from sharedCamera; turned: called when the camera moved; picked: with a point's index. */
  constructor({ canvas, labels, shared, turned, picked }) {
    Object.assign(this, { canvas, labels, shared, turned, picked });
    this.renderer = new WebGLRenderer({ canvas, antialias: true, alpha: true });
    this.scene = new Scene();
    this.controls = new OrbitControls(shared.camera, canvas);
    this.controls.target = shared.target;
    this.controls.addEventListener("change", turned);
    this.controls.enablePan = false;
    // A page is scrolled past a picture that nobody has touched; once it has the focus, the wheel zooms.
    this.controls.enableZoom = false;
    canvas.addEventListener("focus", () => (this.controls.enableZoom = true));
    canvas.addEventListener("blur", () => (this.controls.enableZoom = false));
    canvas.addEventListener("pointerdown", () => canvas.focus({ preventScroll: true }));
    canvas.style.touchAction = "pan-y";
    canvas.addEventListener("keydown", (event) => this.key(event));
    let down = null;
    canvas.addEventListener("pointerdown", (event) => (down = [event.clientX, event.clientY]));
    canvas.addEventListener("pointerup", (event) => {
      if (down && Math.hypot(event.clientX - down[0], event.clientY - down[1]) < 5) this.pick(event);
      down = null;
    });
  }

  /** Another network, from the page's data. */
  show(network) {
    this.scene.traverse((node) => { node.geometry?.dispose(); node.material?.dispose(); });
    this.scene.clear();
    this.network = network;
    const frame = new LineSegments(new EdgesGeometry(new BoxGeometry(2, 2, 2)), new LineBasicMaterial({ color: "#8a929e", transparent: true, opacity: 0.35 }));
    this.scene.add(frame);
    this.trials = trajectories(network);
    this.scene.add(this.trials);
    const count = network.paths.length;
    const heads = new BufferGeometry().setAttribute("position", new BufferAttribute(new Float32Array(3 * count), 3));
    const colours = network.paths.flatMap(({ label }) => new Color(colourOf(label)).toArray());
    heads.setAttribute("color", new BufferAttribute(new Float32Array(colours), 3));
    this.heads = new Points(heads, new PointsMaterial({ size: 5, sizeAttenuation: false, vertexColors: true }));
    this.scene.add(this.heads);
    this.points = network.points.map((point) => {
      const group = new Group(), colour = colourOf(point.label);
      group.add(marker(point.kind, colour, point.hollow));
      group.children[0].scale.setScalar(SIZE);
      for (const mode of point.modes) {
        const way = new Vector3(...mode).multiplyScalar(MODE);
        const shape = new BufferGeometry().setFromPoints([way, way.clone().negate()]);
        group.add(new Line(shape, new LineBasicMaterial({ color: colour })));
      }
      group.position.copy(vector(point.at));
      this.scene.add(group);
      return group;
    });
    this.lost = new Group();
    this.scene.add(this.lost);
    this.trails = (network.tracks?.at ?? []).map((at, k) => {
      const there = at.filter((one) => one[0] !== null);
      const line = new Line(new BufferGeometry().setFromPoints(there.map(vector)), new LineBasicMaterial({ color: colourOf(k), transparent: true, opacity: 0.3 }));
      line.visible = false;
      this.scene.add(line);
      return line;
    });
    this.labels.replaceChildren();
    this.named = [];
    for (const [k, axis] of ["x", "y", "z"].entries()) {
      const at = EDGES[axis];
      this.name(`PC ${k + 1} (${Math.round(100 * network.share[k])} %)`, at, "axis");
    }
    this.names = network.points.map((point, k) => this.name(network.classes[point.label] ?? String(k), vector(point.at), "of-point"));
  }

  name(text, at, kind) {
    const label = document.createElement("span");
    label.className = kind;
    label.textContent = text;
    this.labels.append(label);
    this.named.push({ label, at });
    return this.named.at(-1);
  }

  /** moment: the index of a time; step: the index of a tracked training step; lost: [{label, as}]; shown: what is drawn. */
  at({ moment, step, selected, lost, shown }) {
    const { network } = this, last = network.tracks ? network.tracks.steps.length - 1 : 0;
    const ended = !network.tracks || step >= last;
    const heads = this.heads.geometry.attributes.position;
    network.paths.forEach(({ at }, k) => {
      const now = at[Math.min(moment, at.length - 1)];
      heads.setXYZ(k, now[0] / STEPS, now[1] / STEPS, now[2] / STEPS);
    });
    this.trials.geometry.setDrawRange(0, 2 * network.paths.length * moment);
    this.trials.visible = shown.trajectories && ended;
    heads.needsUpdate = true;
    this.heads.visible = shown.trajectories && ended;
    network.points.forEach((point, k) => {
      const tracked = network.tracks?.at[point.label]?.[Math.min(step, last)];
      const at = ended || !tracked ? point.at : tracked;
      const there = at[0] !== null && (ended || Boolean(tracked));
      this.points[k].visible = there;
      this.names[k].hidden = !there;
      if (!there) return;
      this.points[k].position.copy(vector(at));
      this.names[k].at.copy(this.points[k].position);
      this.points[k].children.slice(1).forEach((line) => (line.visible = shown.modes && ended));
      this.points[k].children[0].scale.setScalar(k === selected ? 1.7 * SIZE : SIZE);
      this.names[k].label.classList.toggle("selected", k === selected);
    });
    this.trails.forEach((line) => (line.visible = !ended));
    this.lost.traverse((node) => { node.geometry?.dispose(); node.material?.dispose(); });
    this.lost.clear();
    if (ended && shown.trajectories) for (const { label } of lost) this.lost.add(this.boxed(label, moment));
  }

  /** A box around the trials of a class. */
  boxed(label, moment) {
    const at = this.network.paths.filter((path) => path.label === label).map((path) => vector(path.at[Math.min(moment, path.at.length - 1)]));
    const low = at.reduce((a, b) => a.clone().min(b)), high = at.reduce((a, b) => a.clone().max(b));
    const size = high.clone().sub(low).addScalar(0.09);
    const box = new LineSegments(new EdgesGeometry(new BoxGeometry(size.x, size.y, size.z)), new LineBasicMaterial({ color: colourOf(label) }));
    box.position.copy(low.add(high).multiplyScalar(0.5));
    return box;
  }

  render() {
    const { clientWidth: width, clientHeight: height } = this.canvas.parentElement;
    if (!width || !height) return;
    this.renderer.setPixelRatio(Math.min(devicePixelRatio, 2));
    if (this.width !== width || this.height !== height) this.renderer.setSize((this.width = width), (this.height = height), false);
    const { camera } = this.shared;
    camera.aspect = width / height;
    camera.updateProjectionMatrix();
    this.renderer.render(this.scene, camera);
    for (const one of this.named) {
      const [x, y] = this.onScreen(one.at);
      // Names of axes, which are long, stay inside; their width is read once.
      const right = one.label.className === "axis" ? width - (one.width ??= one.label.offsetWidth) - 4 : Infinity;
      one.label.style.transform = `translate(${Math.min(x, right).toFixed(0)}px, ${y.toFixed(0)}px)`;
      one.label.hidden = Boolean(one.hidden) || x < 0 || x > width - 12 || y < 0 || y > height - 12;
    }
  }

  onScreen(at) {
    const seen = at.clone().project(this.shared.camera);
    return [((seen.x + 1) / 2) * this.width, ((1 - seen.y) / 2) * this.height];
  }

  /** The point nearest to where the pointer is, if any is near. */
  pick(event) {
    const box = this.canvas.getBoundingClientRect();
    let best = [NEAR, null];
    this.points.forEach((group, k) => {
      if (!group.visible) return;
      const [x, y] = this.onScreen(group.position);
      const away = Math.hypot(x - (event.clientX - box.left), y - (event.clientY - box.top));
      if (away < best[0]) best = [away, k];
    });
    if (best[1] !== null) this.picked(best[1]);
  }

  key(event) {
    const turns = { ArrowLeft: [-0.1, 0], ArrowRight: [0.1, 0], ArrowUp: [0, -0.1], ArrowDown: [0, 0.1] };
    const zooms = { "+": 0.9, "=": 0.9, "-": 1.1 };
    if (!(event.key in turns) && !(event.key in zooms)) return;
    event.preventDefault();
    const { camera, target } = this.shared;
    const from = new Spherical().setFromVector3(camera.position.clone().sub(target));
    const [around, over] = turns[event.key] ?? [0, 0];
    from.theta += around;
    from.phi = Math.min(Math.max(from.phi + over, 0.05), Math.PI - 0.05);
    from.radius *= zooms[event.key] ?? 1;
    camera.position.setFromSpherical(from).add(target);
    camera.lookAt(target);
    this.turned();
  }
}
