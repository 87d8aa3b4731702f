/** Hides what is a password by its place: in the address of a server, or after `password=`. */
export function maskSecrets(text: string): string {
  return text
    .replaceAll(/(\b[a-z][a-z\d+.-]*:\/\/[^\s:/@]*):[^\s/]*@/gi, '$1:***@')
    .replaceAll(/\b(password=)[^\s&'"]+/gi, '$1***');
}
