/** The camera of the 3D view: three's cameras and OrbitControls, and what the document says of them. */

import { Matrix4, OrthographicCamera, PerspectiveCamera, Vector3 } from "three";
import { OrbitControls } from "three/examples/jsm/controls/OrbitControls.js";
import type { Camera, Triple } from "../protocol/document";
import { fittingDistance } from "./fit";
import { each, type Space } from "./geometry";
import type { Axis, Rect } from "./types";

const FIELD = 35;
const HALF = Math.tan((FIELD * Math.PI) / 360);

/** Looking along an axis shows what the slice view of that axis shows: direction and up in the scene (x, y, z). */
const ALONG: Record<Axis, { look: [number, number, number]; up: [number, number, number] }> = {
  z: { look: [0, 0, 1], up: [0, -1, 0] },
  y: { look: [0, -1, 0], up: [0, 0, -1] },
  x: { look: [1, 0, 0], up: [0, 0, -1] },
};

export class Cameras {
  /** The place of the 3D view; takes its pointer events. */
  readonly element: HTMLElement;
  private space: Space | null = null;
  private active: PerspectiveCamera | OrthographicCamera = new PerspectiveCamera(FIELD);
  private controls: OrbitControls;
  private fitted = true;
  private aspect = 1;
  private focused = false;
  /** Being placed, which is no act of the user. */
  private following = false;

  constructor(
    surface: HTMLElement,
    private readonly onMove: (final: boolean) => void,
  ) {
    this.element = surface.ownerDocument.createElement("div");
    Object.assign(this.element.style, {
      position: "absolute",
      display: "none",
      touchAction: "none",
    });
    surface.append(this.element);
    this.controls = this.makeControls();
  }

  /** Follows the document; null means that everything is shown. */
  set(space: Space, camera: Camera | null): void {
    this.space = space;
    this.fitted = camera === null;
    if (camera === null) {
      this.pose([-0.55, -0.45, -1], [0, -1, 0]);
      return;
    }
    const inScene = (at: Triple) => new Vector3(...space.toScene(space.toFrame(at)));
    this.use(camera.orthographic);
    this.active.position.copy(inScene(camera.position));
    this.active.up.set(camera.up[2], camera.up[1], camera.up[0]).normalize();
    this.active.zoom = camera.zoom;
    this.renew(inScene(camera.target));
  }

  /** As the document holds it. */
  get camera(): Camera {
    const space = this.space;
    const world = (at: Vector3): Triple =>
      space === null ? [0, 0, 0] : space.toWorld(space.fromScene(at.x, at.y, at.z));
    const { up, zoom } = this.active;
    return {
      position: world(this.active.position),
      target: world(this.controls.target),
      up: [up.z, up.y, up.x],
      zoom,
      orthographic: this.active instanceof OrthographicCamera,
    };
  }

  /** Shows everything, from where the camera is. */
  fit(): void {
    const away = this.active.position.clone().sub(this.controls.target);
    const up = this.active.up;
    this.pose([away.x, away.y, away.z], [up.x, up.y, up.z]);
  }

  lookAlong(axis: Axis): void {
    const { look, up } = ALONG[axis];
    this.pose([-look[0], -look[1], -look[2]], up);
  }

  /** Places the view; null hides it. */
  place(rect: Rect | undefined): void {
    const { style } = this.element;
    style.display = rect === undefined ? "none" : "block";
    if (rect === undefined) return;
    const px = (v: number) => `${v}px`;
    Object.assign(style, { left: px(rect.left), top: px(rect.top) });
    Object.assign(style, { width: px(rect.width), height: px(rect.height) });
    this.aspect = rect.width / Math.max(1, rect.height);
    if (this.fitted) this.fit();
    this.project();
  }

  focus(focused: boolean): void {
    this.focused = focused;
    this.controls.enableZoom = focused;
  }

  /** From clip space to edges of the frame, x, y, z; calculated in doubles. */
  unproject(space: Space, aspect: number): Matrix4 {
    this.project(aspect);
    const scale = each((a) => space.size / space.spacing[a]);
    const frame = new Matrix4().makeScale(scale[2], scale[1], scale[0]);
    frame.setPosition(space.shape[2] / 2, space.shape[1] / 2, space.shape[0] / 2);
    return frame.multiply(this.active.matrixWorld).multiply(this.active.projectionMatrixInverse);
  }

  /** Place of a point of the scene in a rectangle, in CSS pixels of the canvas; z above 1 is behind the eye. */
  toPixel(point: Vector3, rect: Rect): { x: number; y: number; z: number } {
    const clip = point.clone().project(this.active);
    return {
      x: rect.left + ((clip.x + 1) / 2) * rect.width,
      y: rect.top + ((1 - clip.y) / 2) * rect.height,
      z: clip.z,
    };
  }

  /** The ray through a pixel, in the scene. */
  ray(x: number, y: number, rect: Rect): { from: Vector3; along: Vector3 } {
    const clip = (z: number) =>
      new Vector3(
        ((x - rect.left) / rect.width) * 2 - 1,
        1 - ((y - rect.top) / rect.height) * 2,
        z,
      ).unproject(this.active);
    const from = clip(-1);
    return { from, along: clip(1).sub(from).normalize() };
  }

  /** Where the eye is, in the scene; far away for a view without perspective. */
  get eye(): Vector3 {
    if (this.active instanceof PerspectiveCamera) return this.active.position.clone();
    const away = this.active.position.clone().sub(this.controls.target).normalize();
    return away.multiplyScalar(100).add(this.controls.target);
  }

  /** CSS pixels per unit of the scene at the camera's target. */
  pixelsPerUnit(height: number): number {
    const half = (this.distance * HALF) / this.active.zoom;
    return height / (2 * half);
  }

  /** Where the camera looks, in the scene. */
  get direction(): Vector3 {
    return this.controls.target.clone().sub(this.active.position).normalize();
  }

  /** Turns directions of the scene to those of the screen. */
  turn(): Matrix4 {
    return new Matrix4().extractRotation(this.active.matrixWorldInverse);
  }

  /** Part of clip space at which a point lies; outside of -1 to 1 it is not seen. */
  sees(point: Vector3): boolean {
    const clip = point.clone().project(this.active);
    return Math.abs(clip.x) < 1.15 && Math.abs(clip.y) < 1.15 && clip.z < 1;
  }

  set enabled(enabled: boolean) {
    this.controls.enabled = enabled;
  }

  dispose(): void {
    this.controls.dispose();
    this.element.remove();
  }

  private get distance(): number {
    return this.active.position.distanceTo(this.controls.target);
  }

  private pose(away: [number, number, number], up: [number, number, number]): void {
    const toEye = new Vector3(...away).normalize();
    const lens = {
      tangent: HALF,
      aspect: this.aspect,
      perspective: this.active instanceof PerspectiveCamera,
    };
    const distance = fittingDistance(this.space, toEye, new Vector3(...up), lens);
    this.active.position.copy(toEye.multiplyScalar(distance));
    this.active.up.set(...up);
    this.active.zoom = 1;
    this.renew(new Vector3(0, 0, 0));
  }

  private use(orthographic: boolean): void {
    if (orthographic === this.active instanceof OrthographicCamera) return;
    this.active = orthographic ? new OrthographicCamera() : new PerspectiveCamera(FIELD);
  }

  /** OrbitControls turn about the up that the camera had when they were made. */
  private renew(target: Vector3): void {
    this.controls.dispose();
    this.active.lookAt(target);
    this.project();
    this.controls = this.makeControls();
    this.controls.target.copy(target);
    this.following = true;
    this.controls.update();
    this.following = false;
    this.project();
  }

  private makeControls(): OrbitControls {
    const controls = new OrbitControls(this.active, this.element);
    controls.enableZoom = this.focused;
    controls.addEventListener("change", () => {
      if (controls !== this.controls || this.following) return;
      this.fitted = false;
      this.onMove(false);
    });
    controls.addEventListener("end", () => this.onMove(true));
    return controls;
  }

  private project(aspect = this.aspect): void {
    const { active } = this;
    const distance = Math.max(this.distance, 1e-3);
    if (active instanceof PerspectiveCamera) {
      active.aspect = aspect;
    } else {
      const half = distance * HALF;
      Object.assign(active, {
        top: half,
        bottom: -half,
        left: -half * aspect,
        right: half * aspect,
      });
    }
    active.near = Math.max(distance / 1000, distance - 4);
    active.far = distance + 4;
    active.updateProjectionMatrix();
    active.updateMatrixWorld();
  }
}
