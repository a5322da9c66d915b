/**
 * EDN held against its grammar, form by form, and brought into one way of writing. The library that tells what a form means
 * (edn-data) takes nearly anything for EDN, names no place, and rounds large integers: what it is given has been through here.
 */

/** Why a text is not EDN, and where: an offset in the text. */
export class EdnError extends Error {
  override name = 'EdnError';
  readonly offset: number;
  /** The text ends before its form does: more of it may help. */
  readonly isUnfinished: boolean;

  constructor(offset: number, message: string, isUnfinished = false) {
    super(message);
    this.offset = offset;
    this.isUnfinished = isUnfinished;
  }
}

const CLOSING: Readonly<Record<string, string>> = { '(': ')', '[': ']', '{': '}' };
const NUMBER = /^[-+]?(?:0|[1-9][0-9]*)(?:N|(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?M?|\/[1-9][0-9]*)$/;
const INTEGER = /^[-+]?[0-9]+N?$/;
/** Where a number has a fraction, an exponent or an M, edn-data makes the integer of it that it may be as large as. */
export const FLOAT_TAG = 'quorate/float';
const ESCAPE = /^\\(?:[trnbf\\"]|u[0-9a-fA-F]{4})/;
const SAFE_DIGITS = 15;

export class EdnScanner {
  readonly text: string;
  at = 0;

  constructor(text: string) {
    this.text = text;
  }

  /** Goes on to the next form, over blanks, commas, comments and what is discarded by `#_`. False where there is none. */
  skip(): boolean {
    const { text } = this;
    for (; this.at < text.length; this.at++) {
      const code = text.charCodeAt(this.at);
      if (code === SEMICOLON) {
        const end = text.indexOf('\n', this.at);
        this.at = end < 0 ? text.length - 1 : end;
      } else if (code === HASH && text[this.at + 1] === '_') {
        this.at += 2;
        this.form();
        this.at--;
      } else if (!isBlank(code)) return true;
    }
    return false;
  }

  /**
   * The next form in one way of writing: single blanks, vectors for lists, integers without a sign or suffix that they do not
   * need, floats behind a tag. Throws an EdnError.
   */
  form(): string {
    if (!this.skip()) throw new EdnError(this.text.length, 'ends in the middle of a form', true);
    const char = this.text[this.at] as string;
    switch (char) {
      case '"':
        return this.string();
      case '[':
      case '(':
        return `[${this.forms(char).join(' ')}]`;
      case '{':
        return `{${this.entries().join(' ')}}`;
      case '#':
        return this.dispatched();
      case '\\':
        return this.character();
      case ']':
      case ')':
      case '}':
        throw new EdnError(this.at, `there is nothing that this ${char} could close`);
      case '^':
        throw new EdnError(this.at, 'metadata (^) has no place in a history');
      default:
        return this.token();
    }
  }

  /** All up to the bracket that closes the one at hand. */
  forms(opening: string): readonly string[] {
    const closing = CLOSING[opening] as string;
    const begin = this.at++;
    const found: string[] = [];
    for (;;) {
      if (!this.skip()) throw new EdnError(begin, `this ${opening} is not closed`, true);
      const char = this.text[this.at] as string;
      if (char === closing) break;
      if (char === ')' || char === ']' || char === '}')
        throw new EdnError(this.at, `${char} stands where ${closing} should close what ${opening} opened`);
      found.push(this.form());
    }
    this.at++;
    return found;
  }

  /** Keys and values of a map, one after the other. */
  entries(): readonly string[] {
    const begin = this.at;
    const entries = this.forms('{');
    if (entries.length % 2 !== 0) throw new EdnError(begin, 'the last key of this map has no value');
    return entries;
  }

  private string(): string {
    const { text } = this;
    const begin = this.at;
    for (let at = begin + 1; at < text.length; at++) {
      const char = text[at];
      if (char === '"') {
        this.at = at + 1;
        return text.slice(begin, this.at);
      }
      if (char !== '\\') continue;
      if (!ESCAPE.test(text.slice(at, at + 6))) throw new EdnError(at, `EDN has no escape ${text.slice(at, at + 2)}`);
      at++;
    }
    throw new EdnError(begin, 'this text is not closed', true);
  }

  private dispatched(): string {
    const begin = this.at++;
    if (this.text[this.at] === '{') return `#{${this.forms('{').join(' ')}}`;
    const tag = this.plain();
    if (!/^[A-Za-z]/.test(tag)) throw new EdnError(begin, `#${tag} is not the tag of a value`);
    return `#${tag} ${this.form()}`;
  }

  /** A bracket or a blank would not be understood by its name alone. */
  private character(): string {
    const begin = this.at;
    this.at += 2;
    const name = `${this.text[begin + 1] ?? ''}${this.plain()}`;
    if (name === '' || isBlank(name.charCodeAt(0))) throw new EdnError(begin, 'a character is missing behind \\');
    return name.length > 1 ? `\\${name}` : `\\u${name.charCodeAt(0).toString(16).padStart(4, '0')}`;
  }

  private token(): string {
    const begin = this.at;
    const token = this.plain();
    const first = token.charCodeAt(0);
    const isNumber = isDigit(first) || ((token[0] === '-' || token[0] === '+') && isDigit(token.charCodeAt(1)));
    if (!isNumber) {
      if (token === ':' || token.startsWith('::')) throw new EdnError(begin, `${token} is no keyword`);
      return token;
    }
    if (token.length <= SAFE_DIGITS && token[0] !== '0' && hasOnlyDigits(token)) return token;
    if (!NUMBER.test(token)) throw new EdnError(begin, `${token} is no number`);
    if (INTEGER.test(token)) return integer(token);
    return token.includes('/') ? token : `#${FLOAT_TAG} "${float(token)}"`;
  }

  private plain(): string {
    const { text } = this;
    const begin = this.at;
    while (this.at < text.length && !isDelimiter(text.charCodeAt(this.at))) this.at++;
    return text.slice(begin, this.at);
  }
}

/** As nearly all numbers of a history. */
function hasOnlyDigits(token: string): boolean {
  for (let at = 0; at < token.length; at++) if (!isDigit(token.charCodeAt(at))) return false;
  return true;
}

/** Numbers that are equal are written alike; edn-data takes those with an N whole. */
function integer(token: string): string {
  if (token.length <= SAFE_DIGITS && !token.endsWith('N'))
    return token.startsWith('+') || token === '-0' ? token.slice(1) : token;
  const value = BigInt(token.replace(/^\+|N$/g, ''));
  return BigInt(Number.MIN_SAFE_INTEGER) <= value && value <= BigInt(Number.MAX_SAFE_INTEGER) ? String(value) : `${value}N`;
}

/** Never that of an integer. Floats that are equal are written alike; decimals (M) are equal only where all their digits are. */
function float(token: string): string {
  if (token.endsWith('M')) return token.replace(/^\+/, '');
  const text = String(Number(token));
  return /^-?\d+$/.test(text) ? `${text}.0` : text;
}

const SEMICOLON = 0x3b;
const HASH = 0x23;
const BLANK = 1;
const DELIMITER = 2;
/** By code unit, what ends a token; all above stand in tokens. */
const KINDS = new Uint8Array(0x80);
for (const char of '"()[];{}') KINDS[char.charCodeAt(0)] = DELIMITER;
for (const char of ' ,\t\r\n\f\v') KINDS[char.charCodeAt(0)] = BLANK;

function isBlank(code: number): boolean {
  return code < 0x80 ? KINDS[code] === BLANK : code === BYTE_ORDER_MARK;
}

function isDelimiter(code: number): boolean {
  return code < 0x80 && KINDS[code] !== 0;
}

const BYTE_ORDER_MARK = 0xfeff;

function isDigit(code: number): boolean {
  return code >= 0x30 && code <= 0x39;
}
