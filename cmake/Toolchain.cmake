# What every target is compiled with: warnings as errors, the sanitizers of the preset, and the fast
# tools (ccache, mold) where the machine has them.

find_program(CCACHE ccache)
if(CCACHE)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CCACHE})
endif()

find_program(MOLD mold)
if(MOLD)
  add_link_options(-fuse-ld=mold)
endif()

# What nobody calls is left out of the program: less of it is mapped.
if(CMAKE_BUILD_TYPE STREQUAL "Release")
  add_compile_options(-ffunction-sections -fdata-sections)
  add_link_options(-Wl,--gc-sections)
endif()

# Our own code only; what comes from the system is included as SYSTEM.
add_library(plntry_options INTERFACE)
target_include_directories(plntry_options INTERFACE ${CMAKE_SOURCE_DIR}/src)
target_compile_options(plntry_options INTERFACE
  -Wall -Wextra -Wpedantic -Wconversion -Wsign-conversion -Wshadow -Wnon-virtual-dtor
  -Woverloaded-virtual -Wold-style-cast -Werror
  # libstdc++ 12 reports these two falsely through std::expected and std::optional at -O2 and up.
  $<$<CXX_COMPILER_ID:GNU>:-Wno-maybe-uninitialized -Wno-restrict>)

if(PLNTRY_SANITIZE)
  add_compile_options(-fsanitize=${PLNTRY_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
  add_link_options(-fsanitize=${PLNTRY_SANITIZE})
endif()
if(PLNTRY_FUZZ)
  add_compile_options(-fsanitize=fuzzer-no-link)
endif()

# plntry_room(name SOURCES … LINKS …): one room of src/ as a static library `plntry_name`.
function(plntry_room name)
  cmake_parse_arguments(ROOM "" "" "SOURCES;LINKS" ${ARGN})
  add_library(plntry_${name} STATIC ${ROOM_SOURCES})
  target_link_libraries(plntry_${name} PUBLIC plntry_options ${ROOM_LINKS})
  # Sources of one room also go into the simulation's shared library.
  set_target_properties(plntry_${name} PROPERTIES POSITION_INDEPENDENT_CODE ON)
endfunction()

# plntry_test(room [LABEL …] [FILTER …] SOURCES … LINKS …): the tests of one room as one GoogleTest program `test_room`,
# each of them (of those that FILTER lets pass) a test of CTest's.
function(plntry_test room)
  cmake_parse_arguments(TEST "" "LABEL;FILTER" "SOURCES;LINKS" ${ARGN})
  if(NOT TEST_LABEL)
    set(TEST_LABEL unit)
  endif()
  add_executable(test_${room} ${TEST_SOURCES})
  target_include_directories(test_${room} PRIVATE ${CMAKE_SOURCE_DIR}/tests)
  target_link_libraries(test_${room} PRIVATE plntry_options ${TEST_LINKS} GTest::gtest_main GTest::gmock)
  gtest_discover_tests(test_${room} TEST_PREFIX ${room}. TEST_FILTER "${TEST_FILTER}" DISCOVERY_TIMEOUT 60
    PROPERTIES LABELS ${TEST_LABEL} TIMEOUT 120)
endfunction()

# plntry_fuzz(name SOURCES … LINKS …): tests/fuzz/name.cpp as a libFuzzer target when PLNTRY_FUZZ is
# set, otherwise as a program that replays its committed corpus (tests/fuzz/corpus/name) under CTest.
function(plntry_fuzz name)
  cmake_parse_arguments(FUZZ "" "" "SOURCES;LINKS" ${ARGN})
  add_executable(fuzz_${name} ${FUZZ_SOURCES})
  target_link_libraries(fuzz_${name} PRIVATE plntry_options ${FUZZ_LINKS})
  if(PLNTRY_FUZZ)
    target_link_options(fuzz_${name} PRIVATE -fsanitize=fuzzer)
  else()
    target_sources(fuzz_${name} PRIVATE ${CMAKE_SOURCE_DIR}/tests/fuzz/replay_main.cpp)
    add_test(NAME fuzz.${name} COMMAND fuzz_${name} ${CMAKE_SOURCE_DIR}/tests/fuzz/corpus/${name})
    set_tests_properties(fuzz.${name} PROPERTIES LABELS fuzz TIMEOUT 300)
  endif()
endfunction()
