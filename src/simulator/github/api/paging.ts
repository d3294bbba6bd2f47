import type { Call } from "./call.ts";

const perPageDefault = 30;
const perPageMax = 100;

/** One page of a list, with the `Link` header that leads to the others. */
export function pageOfList<T>(
  call: Call,
  all: readonly T[],
): { readonly items: readonly T[]; readonly headers: Readonly<Record<string, string>> } {
  const perPage = Math.min(perPageMax, positive(call.query.get("per_page")) ?? perPageDefault);
  const page = positive(call.query.get("page")) ?? 1;
  const pagesCount = Math.max(1, Math.ceil(all.length / perPage));
  const links: string[] = [];
  const link = (number: number, relation: string): void => {
    const query = new URLSearchParams(call.query);
    query.set("page", String(number));
    links.push(`<${call.origin}${call.request.path}?${query.toString()}>; rel="${relation}"`);
  };
  if (page > 1) link(page - 1, "prev");
  if (page < pagesCount) link(page + 1, "next");
  if (page < pagesCount) link(pagesCount, "last");
  if (page > 1) link(1, "first");
  return {
    items: all.slice((page - 1) * perPage, page * perPage),
    headers: links.length === 0 ? {} : { link: links.join(", ") },
  };
}

function positive(text: string | null): number | undefined {
  return text !== null && /^[1-9]\d{0,8}$/.test(text) ? Number(text) : undefined;
}
