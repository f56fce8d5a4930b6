#include "COpenSSL.h"
#include <string.h>

typedef uint8_t bytes16 __attribute__((vector_size(16)));
typedef uint16_t words8 __attribute__((vector_size(16)));
typedef uint32_t quads4 __attribute__((vector_size(16)));
typedef uint64_t halves2 __attribute__((vector_size(16)));

size_t copenssl_base64_blocks(const uint8_t *text, size_t count, uint8_t of62, uint8_t of63, uint8_t *bytes) {
    size_t read = 0;
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
    // What is stored too much must still have room.
    for (; count >= read + 24; read += 16, bytes += 12) {
        bytes16 symbols;
        memcpy(&symbols, text + read, 16);
        bytes16 upper = symbols - 'A', lower = symbols - 'a', digit = symbols - '0';
        bytes16 is_upper = (bytes16)(upper < 26), is_lower = (bytes16)(lower < 26), is_digit = (bytes16)(digit < 10);
        bytes16 is_62 = (bytes16)(symbols == of62), is_63 = (bytes16)(symbols == of63);
        halves2 known = (halves2)(is_upper | is_lower | is_digit | is_62 | is_63);
        if ((known[0] & known[1]) != UINT64_MAX) break;
        bytes16 values = (upper & is_upper) | ((lower + 26) & is_lower) | ((digit + 52) & is_digit) | (62 & is_62) |
                         (63 & is_63);
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
