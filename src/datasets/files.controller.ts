import {
  Controller,
  Delete,
  Get,
  Header,
  HttpCode,
  HttpStatus,
  Inject,
  NotFoundException,
  Param,
  Put,
  Req,
  StreamableFile,
} from '@nestjs/common';
import {
  ApiBearerAuth,
  ApiBody,
  ApiConsumes,
  ApiNoContentResponse,
  ApiNotFoundResponse,
  ApiOkResponse,
  ApiOperation,
  ApiPayloadTooLargeResponse,
  ApiProduces,
  ApiTags,
} from '@nestjs/swagger';
import { Permission, RequireDataset } from 'nestjs-session-manager';
import { BodyReader } from '../http/body-reader.js';
import type { AnyRequest } from '../http/node-request.js';
import { Roles } from '../users/roles.guard.js';
import { DatasetFolder } from './dataset-folder.js';
import { DatasetFileResponse } from './dataset-responses.js';
import { NAME_PIPE } from './name.pipe.js';
import { UPLOAD_LIMIT } from './upload-limit.js';

const BYTES = 'application/octet-stream';
const NO_FILE = 'There is no such file';
const NO_DATASET = 'There is no such dataset';

/** The files of a dataset. */
@ApiTags('files')
@ApiBearerAuth()
@ApiNotFoundResponse({ description: 'There is no such dataset, or no such file in it' })
@Controller('datasets/:dataset/files')
export class FilesController {
  readonly #datasets: DatasetFolder;
  readonly #bodies: BodyReader;
  readonly #uploadLimit: number;

  constructor(datasets: DatasetFolder, bodies: BodyReader, @Inject(UPLOAD_LIMIT) uploadLimit: number) {
    this.#datasets = datasets;
    this.#bodies = bodies;
    this.#uploadLimit = uploadLimit;
  }

  @Get()
  @RequireDataset(Permission.Read, 'dataset')
  @ApiOperation({ summary: 'List the files of a dataset' })
  @ApiOkResponse({ type: [DatasetFileResponse] })
  async list(@Param('dataset', NAME_PIPE) dataset: string): Promise<DatasetFileResponse[]> {
    return thereOr404(await this.#datasets.listFiles(dataset), NO_DATASET);
  }

  /** As an attachment of no particular type: an uploaded page must not run as one of ours. */
  @Get(':file')
  @RequireDataset(Permission.Read, 'dataset')
  @Header('X-Content-Type-Options', 'nosniff')
  @ApiOperation({ summary: 'Read a file' })
  @ApiProduces(BYTES)
  @ApiOkResponse({ schema: { type: 'string', format: 'binary' } })
  async read(
    @Param('dataset', NAME_PIPE) dataset: string,
    @Param('file', NAME_PIPE) file: string,
  ): Promise<StreamableFile> {
    const { handle, size } = thereOr404(await this.#datasets.openFile(dataset, file), NO_FILE);
    return new StreamableFile(handle.createReadStream(), {
      type: BYTES,
      length: size,
      disposition: `attachment; filename="${file}"`,
    });
  }

  @Put(':file')
  @RequireDataset(Permission.Write, 'dataset')
  @Roles(['admin'])
  @ApiOperation({ summary: 'Write a file: the body as it is, whatever its content type' })
  @ApiConsumes(BYTES)
  @ApiBody({ schema: { type: 'string', format: 'binary' } })
  @ApiOkResponse({ type: DatasetFileResponse })
  @ApiPayloadTooLargeResponse({ description: 'The file would be too large' })
  async write(
    @Param('dataset', NAME_PIPE) dataset: string,
    @Param('file', NAME_PIPE) name: string,
    @Req() request: AnyRequest,
  ): Promise<DatasetFileResponse> {
    const content = this.#bodies.read(request, this.#uploadLimit);
    const size = await this.#datasets.writeFile(dataset, name, content);
    return { name, size: thereOr404(size, NO_DATASET) };
  }

  @Delete(':file')
  @RequireDataset(Permission.Delete, 'dataset')
  @Roles(['admin'])
  @HttpCode(HttpStatus.NO_CONTENT)
  @ApiOperation({ summary: 'Delete a file' })
  @ApiNoContentResponse({ description: 'It is gone' })
  async delete(
    @Param('dataset', NAME_PIPE) dataset: string,
    @Param('file', NAME_PIPE) file: string,
  ): Promise<void> {
    if (await this.#datasets.deleteFile(dataset, file)) return;
    throw new NotFoundException(NO_FILE);
  }
}

function thereOr404<T>(found: T | undefined, message: string): T {
  if (found !== undefined) return found;
  throw new NotFoundException(message);
}
