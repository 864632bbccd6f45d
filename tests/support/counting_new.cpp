// In a file of its own, where no caller is inlined: g++ 12 takes the pair below for a mismatch otherwise.
#include "support/counting_new.hpp"

#include <cstdlib>
#include <new>

namespace {
std::size_t count = 0;
}

std::size_t plntry::test::allocations() { return count; }

void* operator new(std::size_t size) {
  count += 1;
  if (void* memory = std::malloc(size)) return memory;
  throw std::bad_alloc{};
}
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }
