import { Controller, Get, Module } from '@nestjs/common';
import { OPEN_TO_ALL, profileOf, type Server } from './server.js';

const SOMEBODY = 'researcher-000000@phenotyping.example.org';

@Controller()
class ProfileController {
  @Get('profile')
  profile() {
    return profileOf(SOMEBODY);
  }
}

@Module({ controllers: [ProfileController] })
class AppModule {}

/** What a request costs without any of it, sent without a credential. */
export const noGuard: Server = {
  module: AppModule,
  admit: async () => ({ admitted: [{ username: SOMEBODY, headers: {} }], refused: OPEN_TO_ALL }),
};
