import { ValidateBy } from 'class-validator';

export const IsNumberOrString = () =>
  ValidateBy({
    name: 'isNumberOrString',
    validator: {
      validate: (value) => typeof value === 'number' || typeof value === 'string',
      defaultMessage: (given) => `${given?.property} must be a number or a string`,
    },
  });
