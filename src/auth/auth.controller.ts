import {
  Body,
  Controller,
  Get,
  HttpCode,
  HttpStatus,
  Post,
  Req,
  Res,
  ServiceUnavailableException,
  UnauthorizedException,
  UseGuards,
} from '@nestjs/common';
import {
  ApiBearerAuth,
  ApiNoContentResponse,
  ApiOkResponse,
  ApiOperation,
  ApiServiceUnavailableResponse,
  ApiTags,
  ApiTooManyRequestsResponse,
  ApiUnauthorizedResponse,
} from '@nestjs/swagger';
import { ThrottlerGuard } from '@nestjs/throttler';
import {
  CurrentSession,
  CurrentUser,
  Public,
  SessionManager,
  SessionTransport,
  tokensOr429,
  type SessionDetails,
  type SessionTokenInfo,
} from 'nestjs-session-manager';
import { ClientGone } from '../http/client-gone.decorator.js';
import type { HttpResponse } from '../http/http-response.js';
import { NoStore } from '../http/no-store.decorator.js';
import { TakesJson } from '../http/takes-json.decorator.js';
import { QueueFullError } from '../users/bounded-queue.js';
import { Credentials } from '../users/credentials.js';
import type { User } from '../users/user.js';
import { DetailsOfClient } from './details-of-client.decorator.js';
import { LoginDto } from './dto/login.dto.js';
import { RefreshDto } from './dto/refresh.dto.js';
import { MeResponse, toMeResponse } from './me-response.js';
import { TokenResponse, toTokenResponse } from './token-response.js';

/** Seconds: by then those that wait now have been served. */
const RETRY_AFTER = '2';

/** Logging in, staying so, and logging out. */
@ApiTags('auth')
@Controller('auth')
export class AuthController {
  readonly #sessions: SessionManager;
  readonly #transport: SessionTransport;
  readonly #credentials: Credentials;

  constructor(sessions: SessionManager, transport: SessionTransport, credentials: Credentials) {
    this.#sessions = sessions;
    this.#transport = transport;
    this.#credentials = credentials;
  }

  @Post('login')
  @Public()
  @UseGuards(ThrottlerGuard)
  @TakesJson()
  @NoStore()
  @HttpCode(HttpStatus.OK)
  @ApiOperation({ summary: 'Log in' })
  @ApiOkResponse({ type: TokenResponse })
  @ApiUnauthorizedResponse({ description: 'Unknown user or wrong password' })
  @ApiTooManyRequestsResponse({ description: 'Too many attempts, or as many sessions as may be' })
  @ApiServiceUnavailableResponse({ description: 'Too many logins at once' })
  async login(
    @Body() { username, password }: LoginDto,
    @DetailsOfClient() details: SessionDetails,
    @ClientGone() signal: AbortSignal,
    @Res({ passthrough: true }) response: HttpResponse,
  ): Promise<TokenResponse> {
    const areGood = await this.#credentials.areGood(username, password, signal).catch((error: unknown) => {
      if (!(error instanceof QueueFullError)) throw error;
      response.header('Retry-After', RETRY_AFTER);
      throw new ServiceUnavailableException('Too many logins at once', { cause: error });
    });
    if (!areGood) {
      response.header('WWW-Authenticate', 'Bearer');
      throw new UnauthorizedException('Unknown user or wrong password');
    }
    return toTokenResponse(tokensOr429(await this.#sessions.createSession(username, details)));
  }

  @Post('refresh')
  @Public()
  @TakesJson()
  @NoStore()
  @HttpCode(HttpStatus.OK)
  @ApiOperation({ summary: 'Exchange a token for its successor' })
  @ApiOkResponse({ type: TokenResponse })
  @ApiUnauthorizedResponse({ description: 'The token renews nothing' })
  @ApiTooManyRequestsResponse({ description: 'As many sessions as may be; the token is still good' })
  async refresh(@Body() { refresh_token }: RefreshDto): Promise<TokenResponse> {
    return toTokenResponse(tokensOr429(await this.#sessions.refreshSession(refresh_token)));
  }

  /** Public, because a session whose access token has expired can be left too. */
  @Post('logout')
  @Public()
  @HttpCode(HttpStatus.NO_CONTENT)
  @ApiBearerAuth()
  @ApiOperation({ summary: 'End the session of the bearer token, whatever that is worth' })
  @ApiNoContentResponse({ description: 'It is over, or there was none' })
  async logout(@Req() request: object): Promise<void> {
    await this.#sessions.invalidateSession(this.#transport.read(request));
  }

  @Get('me')
  @ApiBearerAuth()
  @ApiOperation({ summary: 'Who is logged in' })
  @ApiOkResponse({ type: MeResponse })
  me(@CurrentUser() user: User, @CurrentSession() session: SessionTokenInfo): MeResponse {
    return toMeResponse(user, session);
  }
}
