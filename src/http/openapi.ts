import { HttpStatus, type INestApplication } from '@nestjs/common';
import { DocumentBuilder, SwaggerModule } from '@nestjs/swagger';

/** Serves the OpenAPI document and its page at `/docs`, where `/` leads, from files that come with the application. */
export function serveOpenApi(app: INestApplication): void {
  const document = new DocumentBuilder()
    .setTitle('Research data')
    .setDescription('The reference application of nestjs-session-manager.')
    .setVersion('0.1.0')
    .addBearerAuth()
    .build();
  SwaggerModule.setup('docs', app, () => SwaggerModule.createDocument(app, document));
  const adapter = app.getHttpAdapter();
  adapter.get('/', (_request, response) => {
    adapter.redirect(response, HttpStatus.FOUND, 'docs');
  });
}
