#include "COpenSSL.h"
#include <string.h>

typedef uint8_t bytes16 __attribute__((vector_size(16)));
typedef uint16_t words8 __attribute__((vector_size(16)));
typedef uint32_t quads4 __attribute__((vector_size(16)));
typedef uint64_t halves2 __attribute__((vector_size(16)));

// What each symbol stands for, of vectors of any length; `known` has all bits set where a symbol is one.
#define VALUES(vector, symbols, values, known)                                                                        \
    vector upper = symbols - 'A', lower = symbols - 'a', digit = symbols - '0';                                       \
    vector is_upper = (vector)(upper < 26), is_lower = (vector)(lower < 26), is_digit = (vector)(digit < 10);         \
    vector is_62 = (vector)(symbols == of62), is_63 = (vector)(symbols == of63);                                      \
    vector known = is_upper | is_lower | is_digit | is_62 | is_63;                                                    \
    vector values = (upper & is_upper) | ((lower + 26) & is_lower) | ((digit + 52) & is_digit) | (62 & is_62) |       \
                    (63 & is_63)

#ifdef __x86_64__
#include <immintrin.h>

typedef uint8_t bytes32 __attribute__((vector_size(32)));

// 32 symbols at a time, where the processor can.
__attribute__((target("avx2"))) static size_t wide_blocks(
    const uint8_t *text, size_t count, uint8_t of62, uint8_t of63, uint8_t *bytes) {
    const __m128i half = _mm_setr_epi8(2, 1, 0, 6, 5, 4, 10, 9, 8, 14, 13, 12, -1, -1, -1, -1);
    const __m256i order = _mm256_broadcastsi128_si256(half);
    size_t read = 0;
    // What is stored too much must still have room.
    for (; count >= read + 40; read += 32, bytes += 24) {
        bytes32 symbols;
        memcpy(&symbols, text + read, 32);
        VALUES(bytes32, symbols, values, known);
        if (_mm256_movemask_epi8((__m256i)known) != -1) break;
        __m256i pairs = _mm256_maddubs_epi16((__m256i)values, _mm256_set1_epi32(0x01400140));
        __m256i quads = _mm256_madd_epi16(pairs, _mm256_set1_epi32(0x00011000));
        __m256i ordered = _mm256_shuffle_epi8(quads, order);
        __m128i low = _mm256_castsi256_si128(ordered), high = _mm256_extracti128_si256(ordered, 1);
        memcpy(bytes, &low, 16);
        memcpy(bytes + 12, &high, 16);
    }
    return read;
}
#endif

size_t copenssl_base64_blocks(const uint8_t *text, size_t count, uint8_t of62, uint8_t of63, uint8_t *bytes) {
    size_t read = 0;
#ifdef __x86_64__
    if (__builtin_cpu_supports("avx2")) read = wide_blocks(text, count, of62, of63, bytes);
    bytes += read / 4 * 3;
#endif
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
    for (; count >= read + 24; read += 16, bytes += 12) {
        bytes16 symbols;
        memcpy(&symbols, text + read, 16);
        VALUES(bytes16, symbols, values, known);
        halves2 all = (halves2)known;
        if ((all[0] & all[1]) != UINT64_MAX) break;
        words8 pairs = (words8)values;
        quads4 twelve = (quads4)(((pairs & 0x3f) << 6) | (pairs >> 8));
        quads4 bits = ((twelve & 0xfff) << 12) | (twelve >> 16);
        quads4 ordered = (bits >> 16) | (bits & 0xff00) | ((bits & 0xff) << 16);
        uint64_t low = ordered[0] | (uint64_t)ordered[1] << 24, high = ordered[2] | (uint64_t)ordered[3] << 24;
        memcpy(bytes, &low, 8);
        memcpy(bytes + 6, &high, 8);
    }
#endif
    return read;
}
