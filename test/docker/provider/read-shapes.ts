import { readFileSync } from 'node:fs';
import path from 'node:path';
import ts from 'typescript';
import type { ObjectShape, Shape, Shapes } from './shape';

/**
 * Reads from the declarations of `@pulumi/docker` which inputs its resources know: the package is generated from the
 * official schema, which is in no package of its own.
 * @param folder of the installed `@pulumi/docker`
 * @throws Error at a type that this does not understand
 */
export function readShapes(folder: string): Shapes {
  const nested = interfacesOf(path.join(folder, 'types', 'input.d.ts'));
  const inputs = (file: string, name: string) => {
    const found = interfacesOf(path.join(folder, file)).get(name);
    if (!found) throw new Error(`expected an interface ${name} in ${file} of @pulumi/docker`);
    return shapeOfInterface(found, nested);
  };
  return {
    container: inputs('container.d.ts', 'ContainerArgs'),
    network: inputs('network.d.ts', 'NetworkArgs'),
    volume: inputs('volume.d.ts', 'VolumeArgs'),
  };
}

type Interfaces = ReadonlyMap<string, ts.InterfaceDeclaration>;

function interfacesOf(file: string): Interfaces {
  const source = ts.createSourceFile(file, readFileSync(file, 'utf8'), ts.ScriptTarget.Latest, true);
  return new Map(source.statements.filter(ts.isInterfaceDeclaration).map((found) => [found.name.text, found]));
}

function shapeOfInterface(declaration: ts.InterfaceDeclaration, nested: Interfaces): ObjectShape {
  const members = declaration.members.filter(ts.isPropertySignature).map((member) => {
    const required = member.questionToken === undefined;
    return [member.name.getText(), { required, shape: shapeOf(member.type!, nested) }] as const;
  });
  return { kind: 'object', properties: Object.fromEntries(members) };
}

function shapeOf(type: ts.TypeNode, nested: Interfaces): Shape {
  if (ts.isUnionTypeNode(type)) {
    const [only, ...others] = type.types.filter((part) => part.kind !== ts.SyntaxKind.UndefinedKeyword);
    if (only && others.length === 0) return shapeOf(only, nested);
  }
  if (type.kind === ts.SyntaxKind.StringKeyword) return { kind: 'string' };
  if (type.kind === ts.SyntaxKind.NumberKeyword) return { kind: 'number' };
  if (type.kind === ts.SyntaxKind.BooleanKeyword) return { kind: 'boolean' };
  if (ts.isArrayTypeNode(type)) return { kind: 'array', of: shapeOf(type.elementType, nested) };
  if (ts.isTypeLiteralNode(type) && type.members[0] && ts.isIndexSignatureDeclaration(type.members[0])) {
    return { kind: 'map', of: shapeOf(type.members[0].type, nested) };
  }
  if (ts.isTypeReferenceNode(type)) {
    const name = type.typeName.getText();
    if (name === 'pulumi.Input') return shapeOf(type.typeArguments![0]!, nested);
    const found = name.startsWith('inputs.') && nested.get(name.slice('inputs.'.length));
    if (found) return shapeOfInterface(found, nested);
  }
  throw new Error(`expected a type of an input of @pulumi/docker, received ${type.getText()}`);
}
