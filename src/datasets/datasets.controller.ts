import {
  ConflictException,
  Controller,
  Delete,
  Get,
  HttpCode,
  HttpStatus,
  NotFoundException,
  Param,
  Put,
} from '@nestjs/common';
import {
  ApiBearerAuth,
  ApiConflictResponse,
  ApiCreatedResponse,
  ApiNoContentResponse,
  ApiNotFoundResponse,
  ApiOkResponse,
  ApiOperation,
  ApiTags,
} from '@nestjs/swagger';
import {
  AcceptTokens,
  CurrentSession,
  Permission,
  RequireDataset,
  TokenType,
  type SessionInfo,
} from 'nestjs-session-manager';
import { Roles } from '../users/roles.guard.js';
import { DatasetFolder } from './dataset-folder.js';
import { DatasetResponse } from './dataset-responses.js';
import { mayRead } from './may-read.js';
import { NAME_PIPE } from './name.pipe.js';

/** Datasets as a whole. */
@ApiTags('datasets')
@ApiBearerAuth()
@Controller('datasets')
export class DatasetsController {
  readonly #datasets: DatasetFolder;

  constructor(datasets: DatasetFolder) {
    this.#datasets = datasets;
  }

  @Get()
  @AcceptTokens(TokenType.Access, TokenType.Api)
  @ApiOperation({ summary: 'List the datasets that the token may read' })
  @ApiOkResponse({ type: [DatasetResponse] })
  async list(@CurrentSession() session: SessionInfo): Promise<DatasetResponse[]> {
    const names = await this.#datasets.list();
    return names.filter((name) => mayRead(session, name)).map((name) => ({ name }));
  }

  @Put(':dataset')
  @RequireDataset(Permission.Create, 'dataset')
  @Roles(['admin'])
  @HttpCode(HttpStatus.CREATED)
  @ApiOperation({ summary: 'Make an empty dataset' })
  @ApiCreatedResponse({ type: DatasetResponse })
  @ApiConflictResponse({ description: 'There is one of this name' })
  async create(@Param('dataset', NAME_PIPE) name: string): Promise<DatasetResponse> {
    if (await this.#datasets.create(name)) return { name };
    throw new ConflictException('There is a dataset of this name');
  }

  @Delete(':dataset')
  @RequireDataset(Permission.Delete, 'dataset')
  @Roles(['admin'])
  @HttpCode(HttpStatus.NO_CONTENT)
  @ApiOperation({ summary: 'Delete a dataset and all of its files' })
  @ApiNoContentResponse({ description: 'It is gone' })
  @ApiNotFoundResponse({ description: 'There is no such dataset' })
  async delete(@Param('dataset', NAME_PIPE) name: string): Promise<void> {
    if (await this.#datasets.delete(name)) return;
    throw new NotFoundException('There is no such dataset');
  }
}
