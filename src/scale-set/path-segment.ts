/** Encodes one segment of a URL path: RFC 3986 lets `$ & + : = @` stand in a segment, everything else is escaped. */
export function encodePathSegment(segment: string): string {
  return encodeURIComponent(segment)
    .replace(/%(24|26|2B|3A|3D|40)/g, (escape) => decodeURIComponent(escape))
    .replace(/[!'()*]/g, percentEscape);
}

/** The characters that encodeURIComponent leaves alone although RFC 3986 reserves them. */
export function percentEscape(character: string): string {
  return `%${character.charCodeAt(0).toString(16).toUpperCase()}`;
}
