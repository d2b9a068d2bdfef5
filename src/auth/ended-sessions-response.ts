import { ApiProperty } from '@nestjs/swagger';

export class EndedSessionsResponse {
  @ApiProperty({ description: 'How many sessions ended', example: 2 })
  readonly sessions!: number;
}
