import { ApiProperty } from '@nestjs/swagger';

export class DatasetResponse {
  @ApiProperty({ example: 'demo' })
  readonly name!: string;
}

export class DatasetFileResponse {
  @ApiProperty({ example: 'measurements.csv' })
  readonly name!: string;

  @ApiProperty({ description: 'Bytes' })
  readonly size!: number;
}
