import { Controller, Delete, Get, HttpCode, HttpStatus, NotFoundException, Param } from '@nestjs/common';
import {
  ApiBearerAuth,
  ApiNoContentResponse,
  ApiNotFoundResponse,
  ApiOkResponse,
  ApiOperation,
  ApiTags,
} from '@nestjs/swagger';
import { CurrentSession, SessionManager, type SessionTokenInfo } from 'nestjs-session-manager';
import { EndedSessionsResponse } from './ended-sessions-response.js';
import { SessionResponse, toSessionResponse } from './session-response.js';

/** A user's own sessions. */
@ApiTags('sessions')
@ApiBearerAuth()
@Controller('auth/sessions')
export class SessionsController {
  readonly #sessions: SessionManager;

  constructor(sessions: SessionManager) {
    this.#sessions = sessions;
  }

  @Get()
  @ApiOperation({ summary: 'List my sessions' })
  @ApiOkResponse({ type: [SessionResponse] })
  async list(@CurrentSession() session: SessionTokenInfo): Promise<SessionResponse[]> {
    const sessions = await this.#sessions.listSessions(session.username);
    return sessions.map((listed) => toSessionResponse(listed, session.sessionId));
  }

  @Delete(':id')
  @HttpCode(HttpStatus.NO_CONTENT)
  @ApiOperation({ summary: 'End one of my sessions' })
  @ApiNoContentResponse({ description: 'It is over' })
  @ApiNotFoundResponse({ description: 'None of mine' })
  async end(@Param('id') sessionId: string, @CurrentSession() { username }: SessionTokenInfo): Promise<void> {
    const { invalidated } = await this.#sessions.invalidateSession({ sessionId }, { username });
    if (!invalidated) throw new NotFoundException('None of your sessions has this id');
  }

  @Delete()
  @ApiOperation({ summary: 'End all of my sessions but this one; API tokens keep working' })
  @ApiOkResponse({ type: EndedSessionsResponse })
  async endOthers(@CurrentSession() session: SessionTokenInfo): Promise<EndedSessionsResponse> {
    const { sessions } = await this.#sessions.invalidateAllSessions(session.username, {
      except: session.sessionId,
    });
    return { sessions };
  }
}
