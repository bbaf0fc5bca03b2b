/* The cryptographic extensions: AES, SHA-1, SHA-256, SHA-512, SHA-3, SM3, SM4, carry-less products; each instruction on
 * pseudo-random vectors and the hashes on known messages.
 * levels: O2
 * flags: -march=armv8.2-a+crypto+sha3+sm4 */
#include "simd.h"

static void instructions(void)
{
    begin();
    FOR_INPUTS(uint8x8_t, uint8x16_t) { MIX(vaeseq_u8(v.a, v.b)); MIX(vaesdq_u8(v.a, v.b)); MIX(vaesmcq_u8(v.a)); MIX(vaesimcq_u8(v.b)); MIX(vaesmcq_u8(vaeseq_u8(v.a, v.b))); }
    end("aes");
    begin();
    FOR_INPUTS(uint32x2_t, uint32x4_t) {
        MIX(vsha1cq_u32(v.a, v.b[0], v.e)); MIX(vsha1pq_u32(v.a, v.b[0], v.e)); MIX(vsha1mq_u32(v.a, v.b[0], v.e)); MIX(vsha1h_u32(v.a[0])); MIX(vsha1su0q_u32(v.a, v.b, v.e)); MIX(vsha1su1q_u32(v.a, v.b));
        MIX(vsha256hq_u32(v.a, v.b, v.e)); MIX(vsha256h2q_u32(v.a, v.b, v.e)); MIX(vsha256su0q_u32(v.a, v.b)); MIX(vsha256su1q_u32(v.a, v.b, v.e));
        MIX(vsm3ss1q_u32(v.a, v.b, v.e)); MIX(vsm3tt1aq_u32(v.a, v.b, v.e, 0)); MIX(vsm3tt1bq_u32(v.a, v.b, v.e, 1)); MIX(vsm3tt2aq_u32(v.a, v.b, v.e, 2)); MIX(vsm3tt2bq_u32(v.a, v.b, v.e, 3));
        MIX(vsm3partw1q_u32(v.a, v.b, v.e)); MIX(vsm3partw2q_u32(v.a, v.b, v.e)); MIX(vsm4eq_u32(v.a, v.b)); MIX(vsm4ekeyq_u32(v.a, v.b));
    }
    end("sha1 sha256 sm3 sm4");
    begin();
    FOR_INPUTS(uint64x1_t, uint64x2_t) {
        MIX(vsha512hq_u64(v.a, v.b, v.e)); MIX(vsha512h2q_u64(v.a, v.b, v.e)); MIX(vsha512su0q_u64(v.a, v.b)); MIX(vsha512su1q_u64(v.a, v.b, v.e));
        MIX(veor3q_u64(v.a, v.b, v.e)); MIX(vbcaxq_u64(v.a, v.b, v.e)); MIX(vrax1q_u64(v.a, v.b)); MIX(vxarq_u64(v.a, v.b, 0)); MIX(vxarq_u64(v.a, v.b, 63));
        MIX(vmull_p64((poly64_t)v.a[0], (poly64_t)v.b[0])); MIX(vmull_high_p64(vreinterpretq_p64_u64(v.a), vreinterpretq_p64_u64(v.b)));
    }
    end("sha512 sha3 pmull");
}

static const u32 k256[64] = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5, 0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da, 0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85, 0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3, 0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
};

/* SHA-256 of "abc" is ba7816bf 8f01cfea 414140de 5dae2223 b00361a3 96177a9c b410ff61 f20015ad. */
static void sha256_abc(void)
{
    static const u32 start[8] = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};
    u32 block[16] = {0x61626380, [15] = 24};
    uint32x4_t w[4], abcd = vld1q_u32(start), efgh = vld1q_u32(start + 4), s0 = abcd, s1 = efgh;
    for (int i = 0; i < 4; i++) w[i] = vld1q_u32(block + 4 * i);
    for (int i = 0; i < 16; i++) {
        uint32x4_t wk = vaddq_u32(w[0], vld1q_u32(k256 + 4 * i)), old = abcd;
        abcd = vsha256hq_u32(abcd, efgh, wk);
        efgh = vsha256h2q_u32(efgh, old, wk);
        uint32x4_t next = vsha256su1q_u32(vsha256su0q_u32(w[0], w[1]), w[2], w[3]);
        w[0] = w[1], w[1] = w[2], w[2] = w[3], w[3] = next;
    }
    abcd = vaddq_u32(abcd, s0);
    efgh = vaddq_u32(efgh, s1);
    out("sha256(abc) =");
    for (int i = 0; i < 4; i++) out(" %08x", abcd[i]);
    for (int i = 0; i < 4; i++) out(" %08x", efgh[i]);
    out("\n");
}

int main(int argc, char **argv, char **envp)
{
    (void)argc, (void)argv, (void)envp;
    make_inputs();
    instructions();
    sha256_abc();
    return 0;
}
