// The words of docs/protocol.md §11, in the order of its appendix. Short, common, told apart by ear, and
// none of them one that people would rather not say aloud to a stranger.

export const words: readonly string[] = `
acorn actor album almond amber anchor apple apron arrow atlas autumn bacon badge bagel bamboo banjo barn
basket beaver beetle bell bench berry bicycle bishop blanket blossom bonfire book bottle bread bridge broom
bubble bucket butter button cabin cactus camel candle canoe carbon carpet castle cedar cello chalk cheese
cherry circus clock cloud clover cobra coffee comet compass copper coral cotton cricket crown crystal cupboard
curtain daisy dancer desert diamond dinner doctor dolphin domino dragon drum eagle echo elbow elephant emerald
engine falcon farmer feather fiddle finger flamingo flannel flute forest fossil fox frog galaxy garden garlic
gazelle gecko giraffe glacier glove goblet gravel guitar hammer harbor hazel helmet hippo honey horizon hurdle
iceberg igloo iron island ivory jacket jaguar jasmine jelly jigsaw jungle kayak kettle keyboard kitchen kite
koala ladder lagoon lantern lemon leopard lettuce library lighthouse lily lion lobby lobster lunch magnet
magpie mango maple marble meadow melon mirror mitten monkey moon mosaic mountain muffin museum mushroom napkin
needle nickel noodle nutmeg oasis ocean octopus olive onion orange orchid otter oyster paddle palace panda
paper parcel parrot peanut pebble pelican pencil penguin pepper piano pickle pigeon pillow pilot pine planet
plum poem pony potato prairie puzzle pyramid quartz rabbit radio rainbow raven ribbon river robin rocket
sailor salmon sandal satchel saturn scarf scissors seagull shadow shovel silver sparrow spider spoon squirrel
stadium statue sugar sunset table taxi teapot temple thunder tiger timber tomato tractor trumpet tulip tunnel
turtle umbrella valley vanilla velvet violin volcano waffle wallet walnut whale window winter wizard yogurt
zebra zipper
`
  .trim()
  .split(/\s+/);
