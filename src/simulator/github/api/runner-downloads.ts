/** The version of the runner whose protocol the simulator speaks. */
const version = "2.336.0";

/** Where the official runner can be had, as GitHub lists it. The archives themselves are at GitHub. */
export const runnerDownloads: readonly Readonly<Record<string, unknown>>[] = [
  ["osx", "x64", "tar.gz"],
  ["osx", "arm64", "tar.gz"],
  ["linux", "x64", "tar.gz"],
  ["linux", "arm", "tar.gz"],
  ["linux", "arm64", "tar.gz"],
  ["win", "x64", "zip"],
  ["win", "arm64", "zip"],
].map(([os, architecture, extension]) => {
  const filename = `actions-runner-${os}-${architecture}-${version}.${extension}`;
  const folder = `https://github.com/actions/runner/releases/download/v${version}`;
  return { os, architecture, download_url: `${folder}/${filename}`, filename };
});
