/** The kinds of textures: what format holds what. Nothing here touches the renderer. */

import {
  ClampToEdgeWrapping,
  Data3DTexture,
  DataTexture,
  LinearFilter,
  NearestFilter,
  NoColorSpace,
  type PixelFormat,
  RedFormat,
  RedIntegerFormat,
  RGBAFormat,
  RGFormat,
  RGIntegerFormat,
  type Texture,
  type TextureDataType,
  UnsignedByteType,
  UnsignedIntType,
} from "three";
import type { Stored, Triple } from "../protocol/document";

/** What a texture's element is. */
export type Texel = Stored | "page" | "rgba";

interface Format {
  format: PixelFormat;
  type: TextureDataType;
  bytes: number;
  linear: boolean;
}

/** u16 as two bytes, so that the graphics card can still mix neighbours linearly. */
const FORMATS: Record<Texel, Format> = {
  u8: { format: RedFormat, type: UnsignedByteType, bytes: 1, linear: true },
  u16: { format: RGFormat, type: UnsignedByteType, bytes: 2, linear: true },
  u32: { format: RedIntegerFormat, type: UnsignedIntType, bytes: 4, linear: false },
  page: { format: RGIntegerFormat, type: UnsignedIntType, bytes: 8, linear: false },
  rgba: { format: RGBAFormat, type: UnsignedByteType, bytes: 4, linear: false },
};

export type Elements = Uint8Array | Uint16Array | Uint32Array;

export function texelBytes(texel: Texel): number {
  return FORMATS[texel].bytes;
}

function dress(texture: Texture, texel: Texel, linear: boolean): void {
  const { format, type } = FORMATS[texel];
  texture.format = format;
  texture.type = type;
  texture.magFilter = linear ? LinearFilter : NearestFilter;
  texture.minFilter = linear ? LinearFilter : NearestFilter;
  texture.wrapS = texture.wrapT = ClampToEdgeWrapping;
  texture.colorSpace = NoColorSpace;
  texture.generateMipmaps = false;
  texture.unpackAlignment = 1;
}

/** The bytes as the format wants them: u16 as pairs of bytes. All of our platforms are little endian, as the records are. */
export function elements(texel: Texel, data: Elements): Elements {
  if (texel !== "u16") return data;
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}

/** A 3D texture; without data it is an empty atlas, which three must not try to fill. */
export function volumeTexture(texel: Texel, size: Triple, data: Elements | null): Data3DTexture {
  const texture = new Data3DTexture(null, size[2], size[1], size[0]);
  texture.image = { data: data as Uint8Array, width: size[2], height: size[1], depth: size[0] };
  dress(texture, texel, FORMATS[texel].linear);
  texture.source.dataReady = data !== null;
  texture.needsUpdate = true;
  return texture;
}

/** A table or a plane; read by whole positions. */
export function flatTexture(
  texel: Texel,
  width: number,
  height: number,
  data: Elements,
): DataTexture {
  const texture = new DataTexture(elements(texel, data) as Uint8Array, width, height);
  dress(texture, texel, false);
  texture.needsUpdate = true;
  return texture;
}

/** Bytes that a texture takes on the graphics card. */
export function textureBytes(texel: Texel, count: number): number {
  return FORMATS[texel].bytes * count;
}
