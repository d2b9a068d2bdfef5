import { Module, type DynamicModule } from '@nestjs/common';
import { BodyReader } from '../http/body-reader.js';
import { DatasetFolder } from './dataset-folder.js';
import { DatasetsController } from './datasets.controller.js';
import { FilesController } from './files.controller.js';
import { UPLOAD_LIMIT } from './upload-limit.js';

/** The routes under `/datasets`. */
@Module({})
export class DatasetsModule {
  static forRoot(path: string, uploadLimit: number): DynamicModule {
    return {
      module: DatasetsModule,
      controllers: [DatasetsController, FilesController],
      providers: [
        BodyReader,
        { provide: DatasetFolder, useValue: new DatasetFolder(path) },
        { provide: UPLOAD_LIMIT, useValue: uploadLimit },
      ],
    };
  }
}
