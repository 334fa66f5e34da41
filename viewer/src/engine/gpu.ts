/** The graphics card. The only file that touches three's renderer and gives it textures. */

import {
  type Box3,
  BufferAttribute,
  BufferGeometry,
  Color,
  type Data3DTexture,
  DynamicDrawUsage,
  LinearFilter,
  Mesh,
  NoColorSpace,
  OrthographicCamera,
  type RawShaderMaterial,
  SRGBColorSpace,
  type Texture,
  Vector3,
  WebGLRenderer,
  WebGLRenderTarget,
} from "three";
import type { Triple } from "../protocol/document";
import { type Program, Programs } from "./programs";
import {
  type Elements,
  elements,
  flatTexture,
  type Texel,
  textureBytes,
  volumeTexture,
} from "./textures";

/** Device pixels from the lower left corner. */
export interface PixelRect {
  x: number;
  y: number;
  width: number;
  height: number;
}

const UNPACK = [
  "UNPACK_ROW_LENGTH",
  "UNPACK_IMAGE_HEIGHT",
  "UNPACK_SKIP_PIXELS",
  "UNPACK_SKIP_ROWS",
  "UNPACK_SKIP_IMAGES",
] as const;

const TRIANGLE = `
in vec2 position;
void main() { gl_Position = vec4(position, 0.0, 1.0); }
`;

/** A program, where it draws, and what into: the canvas when null. */
export interface Pass extends Program {
  rect: PixelRect;
  target: Target | null;
}

/** A picture that is kept on the graphics card. */
export interface Target {
  readonly texture: Texture;
  readonly width: number;
  readonly height: number;
}

export class Gpu {
  readonly renderer: WebGLRenderer;
  readonly maxTexture3D: number;
  readonly name: string;
  private readonly camera = new OrthographicCamera();
  private readonly triangle = new BufferGeometry();
  private readonly programs = new Programs();
  private readonly textures = new Map<Texture, number>();
  private readonly targets = new Set<WebGLRenderTarget>();

  constructor(canvas: HTMLCanvasElement) {
    const settings = { canvas, antialias: false, alpha: false, depth: false, stencil: false };
    this.renderer = new WebGLRenderer({ ...settings, powerPreference: "high-performance" });
    this.renderer.autoClear = false;
    this.renderer.sortObjects = false;
    this.renderer.debug.checkShaderErrors = import.meta.env?.DEV === true;
    const gl = this.gl;
    // What three knows it need not ask, and an answer waits for all that the graphics card has to do.
    for (const name of UNPACK) this.renderer.state.pixelStorei(gl[name], 0);
    this.maxTexture3D = gl.getParameter(gl.MAX_3D_TEXTURE_SIZE);
    this.name = String(gl.getParameter(gl.RENDERER));
    const corners = new Float32Array([-1, -1, 3, -1, -1, 3]);
    this.triangle.setAttribute("position", new BufferAttribute(corners, 2));
  }

  private get gl(): WebGL2RenderingContext {
    return this.renderer.getContext() as WebGL2RenderingContext;
  }

  get lost(): boolean {
    return this.gl.isContextLost();
  }

  /** Bytes of all textures and targets. */
  get bytes(): number {
    let sum = 0;
    for (const bytes of this.textures.values()) sum += bytes;
    for (const target of this.targets) sum += 4 * target.width * target.height;
    return sum;
  }

  /** Resizes the canvas' picture, in device pixels. */
  resize(wide: number, high: number): void {
    const canvas = this.renderer.domElement;
    const [width, height] = [wide, high].map((v) => Math.max(1, Math.round(v)));
    if (canvas.width !== width || canvas.height !== height)
      this.renderer.setSize(width, height, false);
  }

  get size(): { width: number; height: number } {
    const { width, height } = this.renderer.domElement;
    return { width, height };
  }

  /** An empty 3D texture for bricks. An error is a sentence: three itself would not notice. */
  createAtlas(texel: Texel, size: Triple): Data3DTexture {
    if (Math.max(...size) > this.maxTexture3D)
      throw new Error(
        `This graphics card takes 3D textures up to ${this.maxTexture3D}; lower the memory budget.`,
      );
    const texture = volumeTexture(texel, size, null);
    this.clearErrors();
    this.renderer.initTexture(texture);
    if (!this.lost && this.gl.getError() !== this.gl.NO_ERROR) {
      texture.dispose();
      throw new Error(
        "The graphics card has too little memory for this budget; lower the memory budget.",
      );
    }
    return this.keep(texture, textureBytes(texel, size[0] * size[1] * size[2]));
  }

  /** A 3D texture that mirrors data. */
  createVolume(texel: Texel, size: Triple, data: Elements): Data3DTexture {
    const texture = volumeTexture(texel, size, data);
    this.renderer.initTexture(texture);
    return this.keep(texture, textureBytes(texel, size[0] * size[1] * size[2]));
  }

  createFlat(texel: Texel, width: number, height: number, data: Elements): Texture {
    return this.keep(flatTexture(texel, width, height, data), textureBytes(texel, width * height));
  }

  /** Replaces what a flat texture of the same size holds. */
  refill(texture: Texture, texel: Texel, data: Elements): void {
    (texture.image as { data: Elements }).data = elements(texel, data);
    texture.needsUpdate = true;
  }

  /**
   * Writes one box of a 3D texture from data of the same layout. `staging` never reaches the graphics card itself:
   * three would otherwise copy between two of its textures and not see new data.
   */
  write(target: Data3DTexture, staging: Data3DTexture, region: Box3, at: Triple): void {
    const place = new Vector3(at[2], at[1], at[0]);
    this.renderer.copyTextureToTexture(staging, target, region, place);
  }

  release(texture: Texture): void {
    this.textures.delete(texture);
    texture.dispose();
  }

  createTarget(width: number, height: number): Target {
    const options = { depthBuffer: false, stencilBuffer: false, generateMipmaps: false };
    const target = new WebGLRenderTarget(width, height, options);
    target.texture.colorSpace = NoColorSpace;
    target.texture.minFilter = target.texture.magFilter = LinearFilter;
    this.targets.add(target);
    return target;
  }

  releaseTarget(target: Target): void {
    this.targets.delete(target as WebGLRenderTarget);
    (target as WebGLRenderTarget).dispose();
  }

  /** Fills a rectangle of the canvas. */
  clear(rect: PixelRect, color: readonly [number, number, number]): void {
    this.aim(null, rect);
    // three converts clear colours to the screen's colour space; this one is given in it.
    this.renderer.setClearColor(new Color().setRGB(...color, SRGBColorSpace), 1);
    this.renderer.clear(true, false, false);
  }

  /** Runs a program over a rectangle. */
  draw(pass: Pass): void {
    const mesh = this.mesh(this.triangle, this.programs.get(TRIANGLE, pass));
    this.aim(pass.target, pass.rect);
    this.renderer.render(mesh, this.camera);
  }

  /** Draws triangles with positions in clip space; `floats` holds `layout` numbers per corner. */
  drawTriangles(
    vertex: string,
    pass: Pass,
    attributes: Record<string, [Float32Array, number]>,
  ): void {
    const geometry = new BufferGeometry();
    for (const [name, [data, size]] of Object.entries(attributes)) {
      const attribute = new BufferAttribute(data, size);
      attribute.setUsage(DynamicDrawUsage);
      geometry.setAttribute(name, attribute);
    }
    this.aim(pass.target, pass.rect);
    this.renderer.render(this.mesh(geometry, this.programs.get(vertex, pass)), this.camera);
    geometry.dispose();
  }

  /** RGBA of a rectangle of the canvas, rows from the top. Right only directly after drawing. */
  read(rect: PixelRect): Uint8Array {
    const { width, height } = rect;
    const rows = new Uint8Array(4 * width * height);
    this.renderer.setRenderTarget(null);
    this.gl.readPixels(rect.x, rect.y, width, height, this.gl.RGBA, this.gl.UNSIGNED_BYTE, rows);
    const turned = new Uint8Array(rows.length);
    for (let y = 0; y < height; y++)
      turned.set(rows.subarray(4 * width * y, 4 * width * (y + 1)), 4 * width * (height - 1 - y));
    return turned;
  }

  loseContext(): void {
    this.renderer.forceContextLoss();
  }

  restoreContext(): void {
    this.renderer.forceContextRestore();
  }

  /** three's own dispose frees neither textures nor materials, and keeps the context. */
  dispose(): void {
    for (const texture of this.textures.keys()) texture.dispose();
    for (const target of this.targets) target.dispose();
    this.programs.dispose();
    this.triangle.dispose();
    this.textures.clear();
    this.targets.clear();
    this.renderer.dispose();
    this.renderer.forceContextLoss();
  }

  private keep<T extends Texture>(texture: T, bytes: number): T {
    this.textures.set(texture, bytes);
    return texture;
  }

  private clearErrors(): void {
    for (let i = 0; i < 8 && this.gl.getError() !== this.gl.NO_ERROR; i++);
  }

  private aim(target: Target | null, rect: PixelRect): void {
    const { x, y, width, height } = rect;
    if (target !== null) {
      const kept = target as WebGLRenderTarget;
      kept.viewport.set(x, y, width, height);
      kept.scissor.set(x, y, width, height);
      kept.scissorTest = true;
      this.renderer.setRenderTarget(kept);
      return;
    }
    this.renderer.setRenderTarget(null);
    this.renderer.setViewport(x, y, width, height);
    this.renderer.setScissor(x, y, width, height);
    this.renderer.setScissorTest(true);
  }

  private mesh(geometry: BufferGeometry, material: RawShaderMaterial): Mesh {
    const mesh = new Mesh(geometry, material);
    mesh.frustumCulled = false;
    return mesh;
  }
}
