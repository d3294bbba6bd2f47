/** GitHub's tokens by their prefixes, private keys, and passwords in URLs. */
const looks = /(?:gh[pousr]_|github_pat_)[A-Za-z0-9_]{6,}|-----BEGIN [A-Z ]*PRIVATE KEY-----[^"]*|(?<=:\/\/)[^/\s"@]+@/;
const everyLook = new RegExp(looks, "g");

/** Whether a text holds something that looks like a secret pasted in the wrong place. */
export function looksSecret(text: string): boolean {
  return looks.test(text);
}

/** The text without what looks like a secret: a last fence for messages that quote what a user wrote. */
export function hideSecrets(text: string): string {
  return text.replace(everyLook, "(hidden)");
}
