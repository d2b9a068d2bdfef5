import {
  Body,
  Controller,
  Delete,
  Get,
  HttpCode,
  HttpStatus,
  NotFoundException,
  Param,
  Post,
} from '@nestjs/common';
import {
  ApiBearerAuth,
  ApiCreatedResponse,
  ApiNoContentResponse,
  ApiNotFoundResponse,
  ApiNotImplementedResponse,
  ApiOkResponse,
  ApiOperation,
  ApiTags,
} from '@nestjs/swagger';
import { CurrentSession, SessionManager, type SessionTokenInfo } from 'nestjs-session-manager';
import { NoStore } from '../http/no-store.decorator.js';
import { TakesJson } from '../http/takes-json.decorator.js';
import {
  ApiTokenResponse,
  CreatedApiTokenResponse,
  toApiTokenResponse,
  toCreatedApiTokenResponse,
} from './api-token-response.js';
import { CreateApiTokenDto } from './dto/create-api-token.dto.js';

/** A user's own API tokens. Like every route that says nothing else, these take access tokens only. */
@ApiTags('api tokens')
@ApiBearerAuth()
@ApiNotImplementedResponse({ description: 'The strategy has no API tokens' })
@Controller('auth/api-tokens')
export class ApiTokensController {
  readonly #sessions: SessionManager;

  constructor(sessions: SessionManager) {
    this.#sessions = sessions;
  }

  @Post()
  @TakesJson()
  @NoStore()
  @ApiOperation({ summary: 'Make an API token; it is shown this once' })
  @ApiCreatedResponse({ type: CreatedApiTokenResponse })
  async create(
    @Body() options: CreateApiTokenDto,
    @CurrentSession() { username }: SessionTokenInfo,
  ): Promise<CreatedApiTokenResponse> {
    return toCreatedApiTokenResponse(await this.#sessions.createApiToken(username, options));
  }

  @Get()
  @ApiOperation({ summary: 'List my API tokens' })
  @ApiOkResponse({ type: [ApiTokenResponse] })
  async list(@CurrentSession() { username }: SessionTokenInfo): Promise<ApiTokenResponse[]> {
    return (await this.#sessions.listApiTokens(username)).map(toApiTokenResponse);
  }

  @Delete(':jti')
  @HttpCode(HttpStatus.NO_CONTENT)
  @ApiOperation({ summary: 'End one of my API tokens' })
  @ApiNoContentResponse({ description: 'It is over' })
  @ApiNotFoundResponse({ description: 'None of mine' })
  async end(@Param('jti') jti: string, @CurrentSession() { username }: SessionTokenInfo): Promise<void> {
    if (await this.#sessions.invalidateApiToken({ jti }, { username })) return;
    throw new NotFoundException('None of your API tokens has this jti');
  }
}
