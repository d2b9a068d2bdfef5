import { BadRequestException, type PipeTransform } from '@nestjs/common';

/**
 * What a dataset or a file may be called. An allow-list, so that no name can be a path (`..`, `a/b`), a hidden file,
 * or a draft of an upload.
 */
const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/;

/** Whether a name is one that the API could have given out. */
export function isName(text: string): boolean {
  return NAME.test(text);
}

class NamePipe implements PipeTransform<string, string> {
  transform(text: string): string {
    if (isName(text)) return text;
    throw new BadRequestException(
      'A name has 1 to 100 letters, digits, ".", "_" and "-", and begins with a letter or a digit',
    );
  }
}

/** Checks a route parameter that names a dataset or a file. */
export const NAME_PIPE = new NamePipe();
