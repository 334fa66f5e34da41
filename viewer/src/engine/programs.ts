/** Shader programs, made once each, and what goes into them. */

import {
  CustomBlending,
  DoubleSide,
  GLSL3,
  NoBlending,
  OneFactor,
  OneMinusSrcAlphaFactor,
  RawShaderMaterial,
} from "three";

/** Values by the names that the shader gives them: textures, numbers, and arrays of numbers. */
export type Uniforms = Record<string, unknown>;

/** A fragment program with its values; drawn over what is there, or instead of it. */
export interface Program {
  fragment: string;
  uniforms: Uniforms;
  blend: boolean;
}

export class Programs {
  private readonly materials = new Map<string, RawShaderMaterial>();

  /** The program with these values; one of the same text is used again. */
  get(vertex: string, { fragment, uniforms, blend }: Program): RawShaderMaterial {
    const key = `${blend}${vertex}${fragment}`;
    const material = this.materials.get(key) ?? make(vertex, fragment, blend);
    this.materials.set(key, material);
    for (const [name, value] of Object.entries(uniforms)) {
      if (material.uniforms[name] === undefined) material.uniforms[name] = { value };
      else material.uniforms[name].value = value;
    }
    material.uniformsNeedUpdate = true;
    return material;
  }

  dispose(): void {
    for (const material of this.materials.values()) material.dispose();
    this.materials.clear();
  }
}

/** Colours are multiplied by their opacity already, and go to the screen as they are. */
function make(vertexShader: string, fragmentShader: string, blend: boolean): RawShaderMaterial {
  return new RawShaderMaterial({
    glslVersion: GLSL3,
    vertexShader,
    fragmentShader,
    side: DoubleSide,
    depthTest: false,
    depthWrite: false,
    blending: blend ? CustomBlending : NoBlending,
    blendSrc: OneFactor,
    blendDst: OneMinusSrcAlphaFactor,
  });
}
