import assert from "node:assert/strict";
import { seededRandom } from "../../../../src/common/random";
import {
  factorOfInverse,
  packCompensated,
} from "../../../../src/model/quantise/compensatedRounding";
import {
  packRounded,
  unpack,
  type PackedFormat,
} from "../../../../src/model/quantise/packedMatrix";
import { assertClose } from "../../support/assertClose";

const SIZE = { numRows: 6, numColumns: 64 };
const FORMATS: Record<string, PackedFormat> = {
  q4: { bits: 4, blockSize: 32, hasMinimums: false },
  q4m: { bits: 4, blockSize: 32, hasMinimums: true },
  q8: { bits: 8, blockSize: 32, hasMinimums: false },
};

/** Numbers of bell shape, as weights are. */
function bellShaped(seed: number, count: number): Float32Array {
  const random = seededRandom(seed);
  return Float32Array.from(
    { length: count },
    () => random() + random() + random() + random() - 2,
  );
}

function identity(size: number): Float32Array {
  const matrix = new Float32Array(size * size);
  for (let index = 0; index < size; index++) matrix[index * size + index] = 1;
  return matrix;
}

/** X^T X of inputs that are mixtures of a few causes, as a layer's inputs are. */
function gramOfMixtures(seed: number, numColumns: number): Float32Array {
  const numCauses = 8;
  const numTokens = 200;
  const mixing = bellShaped(seed, numCauses * numColumns);
  const causes = bellShaped(seed + 1, numTokens * numCauses);
  const noise = bellShaped(seed + 2, numTokens * numColumns);
  const gram = new Float32Array(numColumns * numColumns);
  for (let token = 0; token < numTokens; token++) {
    const x = Array.from({ length: numColumns }, (_, column) => {
      let sum = 0.1 * noise[token * numColumns + column]!;
      for (let cause = 0; cause < numCauses; cause++) {
        sum +=
          causes[token * numCauses + cause]! *
          mixing[cause * numColumns + column]!;
      }
      return sum;
    });
    for (let row = 0; row < numColumns; row++) {
      for (let column = 0; column < numColumns; column++) {
        gram[row * numColumns + column]! += x[row]! * x[column]!;
      }
    }
  }
  return gram;
}

/** Sum over rows of d gram d^T, d what rounding changed: the squared change of all products. */
function productError(
  weights: Float32Array,
  rounded: Float32Array,
  gram: Float32Array,
): number {
  const { numRows, numColumns } = SIZE;
  let error = 0;
  for (let row = 0; row < numRows; row++) {
    const difference = Array.from(
      { length: numColumns },
      (_, column) =>
        weights[row * numColumns + column]! -
        rounded[row * numColumns + column]!,
    );
    for (let i = 0; i < numColumns; i++) {
      for (let j = 0; j < numColumns; j++) {
        error += difference[i]! * gram[i * numColumns + j]! * difference[j]!;
      }
    }
  }
  return error;
}

suite("packCompensated()", () => {
  const weights = bellShaped(3, SIZE.numRows * SIZE.numColumns);

  for (const [name, format] of Object.entries(FORMATS)) {
    test(`${name}: inputs that do not go together give rounding to the nearest`, () => {
      const gram = identity(SIZE.numColumns);
      const compensated = packCompensated(weights, {
        size: SIZE,
        format,
        gram,
      });
      assert.deepEqual(
        compensated,
        packRounded(weights, { size: SIZE, format }),
      );
    });

    test(`${name}: products with inputs that go together change less than half as much`, () => {
      const gram = gramOfMixtures(7, SIZE.numColumns);
      const nearest = unpack(packRounded(weights, { size: SIZE, format }));
      const compensated = unpack(
        packCompensated(weights, { size: SIZE, format, gram }),
      );
      const before = productError(weights, nearest, gram);
      const after = productError(weights, compensated, gram);
      assert.ok(
        after < before / 2,
        `${after} after, ${before} with the nearest`,
      );
    });
  }

  test("an input that was always zero loses nothing for the others", () => {
    const gram = gramOfMixtures(9, SIZE.numColumns);
    for (let index = 0; index < SIZE.numColumns; index++) {
      gram[5 * SIZE.numColumns + index] = 0;
      gram[index * SIZE.numColumns + 5] = 0;
    }
    const format = FORMATS["q4m"]!;
    const rounded = unpack(
      packCompensated(weights, { size: SIZE, format, gram }),
    );
    assert.ok(rounded.every(Number.isFinite));
  });

  test("weights that are on the grid already stay as they are", () => {
    const format = FORMATS["q8"]!;
    const packed = packRounded(weights, { size: SIZE, format });
    const again = packCompensated(unpack(packed), {
      size: SIZE,
      format,
      gram: gramOfMixtures(11, SIZE.numColumns),
    });
    assertClose(unpack(again), unpack(packed), { name: "weights", atol: 1e-6 });
  });
});

suite("factorOfInverse()", () => {
  test("U^T U is the inverse of the damped matrix, U upper triangular", () => {
    const size = 12;
    const gram = gramOfMixtures(5, size);
    const factor = factorOfInverse(gram, size);
    let trace = 0;
    for (let i = 0; i < size; i++) trace += gram[i * size + i]!;
    const product = new Float32Array(size * size);
    for (let i = 0; i < size; i++) {
      for (let j = 0; j < size; j++) {
        let sum = 0;
        for (let k = 0; k < size; k++) {
          let inverse = 0;
          for (let l = 0; l < size; l++) {
            inverse += factor[l * size + i]! * factor[l * size + k]!;
          }
          const damping = k === j ? (0.01 * trace) / size : 0;
          sum += inverse * (gram[k * size + j]! + damping);
        }
        product[i * size + j] = sum;
      }
    }
    assertClose(product, identity(size), { name: "identity", atol: 1e-3 });
    for (let row = 0; row < size; row++) {
      for (let column = 0; column < row; column++) {
        assert.equal(factor[row * size + column], 0);
      }
    }
  });

  test("nothing seen is no division by zero", () => {
    assert.deepEqual(factorOfInverse(new Float32Array(9), 3), identity(3));
  });
});
