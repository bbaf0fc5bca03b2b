/* Bitfield moves, extracts, reversals, logical immediates, wide moves.
 * levels: O1
 * flags: -march=armv8.2-a */
#include "check.h"

#define ONE(text) \
    ({ \
        u64 r_; \
        __asm__ volatile(text : "=r"(r_) : "r"(a), "r"(b)); \
        mix(r_); \
    })
#define TWO(text) \
    ({ \
        u64 r_ = b; \
        __asm__ volatile(text : "+r"(r_) : "r"(a)); \
        mix(r_); \
    })

static void extracts(void)
{
    begin();
    FOR_PAIRS(a, b) {
        ONE("ubfx %0, %1, #0, #1"), ONE("ubfx %0, %1, #63, #1"), ONE("ubfx %0, %1, #13, #40"), ONE("ubfx %w0, %w1, #7, #25");
        ONE("sbfx %0, %1, #0, #1"), ONE("sbfx %0, %1, #63, #1"), ONE("sbfx %0, %1, #13, #40"), ONE("sbfx %w0, %w1, #7, #25");
        ONE("ubfiz %0, %1, #5, #9"), ONE("sbfiz %0, %1, #33, #31"), ONE("ubfiz %w0, %w1, #31, #1"), ONE("sbfiz %w0, %w1, #3, #8");
        ONE("lsl %0, %1, #63"), ONE("lsr %0, %1, #63"), ONE("asr %0, %1, #63"), ONE("lsl %w0, %w1, #31"), ONE("asr %w0, %w1, #1");
        ONE("uxtb %w0, %w1"), ONE("uxth %w0, %w1"), ONE("sxtb %0, %w1"), ONE("sxth %0, %w1"), ONE("sxtw %0, %w1"), ONE("sxtb %w0, %w1");
        TWO("bfi %0, %1, #0, #64"), TWO("bfi %0, %1, #12, #20"), TWO("bfi %w0, %w1, #31, #1"), TWO("bfxil %0, %1, #40, #24"), TWO("bfxil %w0, %w1, #3, #5");
        TWO("bfc %0, #3, #17");
        ONE("extr %0, %1, %2, #0"), ONE("extr %0, %1, %2, #1"), ONE("extr %0, %1, %2, #63"), ONE("extr %w0, %w1, %w2, #17");
        ONE("ror %0, %1, #40"), ONE("ror %w0, %w1, #9");
        ONE("rorv %0, %1, %2"), ONE("lslv %0, %1, %2"), ONE("lsrv %w0, %w1, %w2"), ONE("asrv %0, %1, %2"), ONE("asrv %w0, %w1, %w2"), ONE("rorv %w0, %w1, %w2");
    }
    end("extract insert shift");
    begin();
    FOR_PAIRS(a, b) {
        (void)b;
        ONE("rbit %0, %1"), ONE("rbit %w0, %w1"), ONE("rev %0, %1"), ONE("rev %w0, %w1"), ONE("rev16 %0, %1"), ONE("rev16 %w0, %w1"), ONE("rev32 %0, %1");
        ONE("clz %0, %1"), ONE("clz %w0, %w1"), ONE("cls %0, %1"), ONE("cls %w0, %w1");
    }
    end("reverse count");
    begin();
    FOR_PAIRS(a, b) {
        ONE("and %0, %1, #0x5555555555555555"), ONE("orr %0, %1, #0xf0f0f0f0f0f0f0f0"), ONE("eor %0, %1, #0x7fffffffffffffff"), ONE("and %w0, %w1, #0x3ffc");
        ONE("orr %0, %1, #0x8000000000000001"), ONE("eor %w0, %w1, #0xff0000ff"), ONE("and %0, %1, #0xfffffffffffffffe"), ONE("eor %0, %1, #0x00ff00ff00ff00ff");
        ONE("and %0, %1, %2, lsl #3"), ONE("orr %0, %1, %2, lsr #60"), ONE("eor %0, %1, %2, asr #9"), ONE("orn %0, %1, %2, ror #33"), ONE("eon %w0, %w1, %w2, ror #31");
        ONE("bic %0, %1, %2, lsl #63"), ONE("mvn %0, %1"), ONE("mvn %w0, %w2, asr #31"), ONE("orn %w0, wzr, %w1");
        ONE("add %0, %1, %2, lsl #7"), ONE("sub %0, %1, %2, asr #40"), ONE("neg %0, %1, lsr #3"), ONE("add %w0, %w1, %w2, uxth #3"), ONE("sub %0, %1, %w2, sxtw #2");
    }
    end("logical");
    begin();
    FOR_EACH(a) {
        u64 b = a;
        ONE("movz %0, #0x1234, lsl #48"), ONE("movn %0, #0x1234, lsl #16"), ONE("movn %w0, #0"), ONE("movz %w0, #0xffff, lsl #16");
        TWO("movk %0, #0xbeef, lsl #32"), TWO("movk %w0, #0xcafe"), TWO("movk %0, #0, lsl #48");
    }
    end("wide moves");
}

static void products(void)
{
    begin();
    FOR_PAIRS(a, b) {
        u64 c = a ^ 0x0123456789abcdef;
#define THREE(text) \
    ({ \
        u64 r_; \
        __asm__ volatile(text : "=r"(r_) : "r"(a), "r"(b), "r"(c)); \
        mix(r_); \
    })
        THREE("madd %0, %1, %2, %3"), THREE("msub %0, %1, %2, %3"), THREE("madd %w0, %w1, %w2, %w3"), THREE("msub %w0, %w1, %w2, %w3");
        THREE("smaddl %0, %w1, %w2, %3"), THREE("umaddl %0, %w1, %w2, %3"), THREE("smsubl %0, %w1, %w2, %3"), THREE("umsubl %0, %w1, %w2, %3");
        ONE("smulh %0, %1, %2"), ONE("umulh %0, %1, %2"), ONE("mneg %0, %1, %2");
        ONE("sdiv %0, %1, %2"), ONE("udiv %0, %1, %2"), ONE("sdiv %w0, %w1, %w2"), ONE("udiv %w0, %w1, %w2");
    }
    end("multiply divide");
    begin();
    FOR_PAIRS(a, b) {
        ONE("crc32b %w0, %w1, %w2"), ONE("crc32h %w0, %w1, %w2"), ONE("crc32w %w0, %w1, %w2"), ONE("crc32x %w0, %w1, %2");
        ONE("crc32cb %w0, %w1, %w2"), ONE("crc32ch %w0, %w1, %w2"), ONE("crc32cw %w0, %w1, %w2"), ONE("crc32cx %w0, %w1, %2");
    }
    end("crc32");
}

int main(int argc, char **argv, char **envp)
{
    (void)argc, (void)argv, (void)envp;
    extracts();
    products();
    return 0;
}
